"""A corpus in words: the typical sitter in one sentence, and a table for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

_LEAST_AGES = 4
"""Least number of known ages for which a range is given."""
_AGE_STEP_YEARS = 5
"""Ages are rounded to a multiple of this."""
_REJECTED_TOLD = 20
"""Most rejected files that are listed one by one."""
_FORMAT_WORDS = {"head": "shown as a head", "bust": "shown to the breast", "half-length": "shown half-length",
                 "three-quarter": "shown to the knees", "full-length": "shown full-length"}
"""How much of the figure is shown, by values of the attribute `format`."""


class Commonest(NamedTuple):
    """The commonest value of an attribute and its share of those known; (None, 0) where nothing is known."""

    value: Any
    share: float


def typical_sitter(most: Mapping[str, Commonest], ages: Float[np.ndarray, " N"], count: int) -> str:
    """The typical sitter in one sentence.

    Parameters
    ----------
    most : mapping of Commonest
        By attribute.
    ages : (N,) float
        Those that are known, years.
    count : int
        Sitters.
    """
    if not count:
        return "No painting of one sitter was found in this corpus."
    sex, share = most["sex"]
    words = [_person(sex, most["facial_hair"].value, ages)]
    facing, light = most["facing"].value, most["light_from"].value
    if facing:
        words.append("facing the viewer" if facing == "frontal" else f"facing {facing}")
    if most["headwear"].value == "hat":
        words.append("wearing a hat")
    for name, phrase in (("clothing_tone", "in {} clothes"), ("background_tone", "against a {} background")):
        if most[name].value:
            words.append(phrase.format(most[name].value))
    if light:
        words.append("lit from the front" if light == "front" else f"lit from the {light}")
    if most["format"].value:
        words.append(_FORMAT_WORDS[most["format"].value])
    plural = {"male": "men", "female": "women"}.get(sex)
    known = f" ({share:.0%} are {plural})" if plural else ""
    return f"The typical sitter is {', '.join(words)}{known}; {count} sitters."


def _person(sex: Any, facial_hair: Any, ages: Float[np.ndarray, " N"]) -> str:
    """Sex, facial hair and age."""
    noun = {"male": "man", "female": "woman"}.get(sex, "sitter")
    hair = {"beard": "bearded ", "moustache": "moustached "}.get(facial_hair, "") if sex == "male" else ""
    if len(ages) < _LEAST_AGES:
        return f"a {hair}{noun}"
    low, high = (_AGE_STEP_YEARS * round(age / _AGE_STEP_YEARS) for age in np.percentile(ages, [25, 75]))
    return f"a {hair}{noun} of {low:.0f} to {max(high, low + _AGE_STEP_YEARS):.0f}"


def in_words(report: Mapping[str, Any]) -> str:
    """A table for the terminal, from what `models.statistics.Statistics.to_json` gives."""
    counts = report["counts"]
    lines = [report["sentence"], "",
             f"{counts['files']} files, {counts['rejected']} rejected, {counts['copies']} copies; {counts['faces']} "
             f"faces in {counts['with_faces']} paintings; {counts['sitters']} paintings of one sitter"]
    lines += _distribution_lines(report["distributions"])
    lines += _number_lines("", report["numbers"])
    lines += _number_lines("Proportions, in outer eye distances", report["proportions"])
    lines += ["", "; ".join(f"{name}: seen in {row['seen']} of {row['told']} paintings fine enough to tell"
                            for name, row in report["surface"].items())]
    return "\n".join(lines + _rejected_lines(report["rejected"]))


def _distribution_lines(distributions: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A line for each attribute, with its values and how many sitters have them."""
    lines = []
    for name, counts in distributions.items():
        shown = "   ".join(f"{value} {count}" for value, count in counts.items() if count)
        lines.append(f"{_title(name):<18} {shown}")
    return ["", *lines] if lines else []


def _number_lines(heading: str, summaries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A table of robust summaries; nothing where nothing is known."""
    rows = {name: row for name, row in summaries.items() if row["count"]}
    if not rows:
        return []
    lines = ["", f"{heading:<36} {'median':>8} {'spread':>8} {'10 %':>8} {'90 %':>8} {'sitters':>8}"]
    for name, row in rows.items():
        numbers = "".join(f"{row[key]:>8.2f} " for key in ("median", "spread", "p10", "p90"))
        lines.append(f"{_title(name):<36} {numbers}{row['count']:>8}")
    return lines


def _rejected_lines(rejected: Sequence[Mapping[str, str]]) -> list[str]:
    """The first rejected files with their reasons, and how many more there are."""
    if not rejected:
        return []
    lines = ["", "Rejected", *(f"{one['file']}: {one['reason']}" for one in rejected[:_REJECTED_TOLD])]
    if len(rejected) > _REJECTED_TOLD:
        lines.append(f"... and {len(rejected) - _REJECTED_TOLD} more (--json lists all)")
    return lines


def _title(name: str) -> str:
    return name.replace("_", " ")
