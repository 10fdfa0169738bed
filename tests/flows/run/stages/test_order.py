"""Every stage comes after those whose results it takes, and takes as many results as it has parameters for them."""

import inspect

from flows.run.stages.order import ORDER


def test_stages_come_after_what_they_need():
    done = set()
    for step in ORDER:
        assert set(step.needs) <= done, step.name
        done.add(step.name)
    assert len(done) == len(ORDER)


def test_a_stage_takes_the_commission_and_the_results_it_needs():
    for step in ORDER:
        taken = [each for each in inspect.signature(step.function).parameters.values()
                 if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and each.name != "progress"]
        assert len(taken) == 1 + len(step.needs) and taken[0].name == "commission", step.name
