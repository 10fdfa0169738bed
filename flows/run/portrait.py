"""The whole way as a Prefect flow: a task per painting, a task per stage, tables and pictures as artifacts.

Tasks hand on paths and checksums, never arrays. What is done is remembered by content (`flows.run.stage_cache`,
`flows.corpus.store`), not by Prefect's own result cache, which does not notice a change in the code below a task.
"""

import base64
import io
import json
import os
import time
from pathlib import Path

from flows.corpus.store import default_cache
from flows.run import prefect_server
from flows.run.commission import Commission, check_corpus, claim

prefect_server.settle(default_cache())

from prefect import flow, task  # noqa: E402 - Prefect reads its settings when it is imported
from prefect.artifacts import create_image_artifact, create_table_artifact  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.task_runners import ThreadPoolTaskRunner  # noqa: E402

from flows.run import stages  # noqa: E402
from flows.run.progress import bar  # noqa: E402
from flows.run.record import write_record  # noqa: E402

_PLAIN = {"cache_policy": NO_CACHE, "persist_result": False}


def _measure_as_tasks(jobs, measurer, progress):
    """Every painting a Prefect task; the work itself is done in the measurer's processes."""
    by_file = {job.file: job for job in jobs}
    done = 0

    @task(name="measure a painting", task_run_name="{file}", retries=0, **_PLAIN)
    def measure_painting(file):
        nonlocal done
        found = measurer.measure(by_file[file])
        done += 1
        if progress:
            progress(done, len(jobs))
        # What a task returns is looked through for other tasks' results: a list of one keeps that short.
        results[file] = found
        return found.reason if hasattr(found, "reason") else "measured"

    results = {}
    futures = [measure_painting.submit(file) for file in by_file]
    for future in futures:
        future.result()
    return [results[job.file] for job in jobs]


def _stage(name, function):
    """A stage as a task that draws its bar."""
    @task(name=name, **_PLAIN)
    def run(*arguments, **options):
        with bar(name) as progress:
            return function(*arguments, progress=progress, **options)

    return run


# One thread more than there are workers, and one for the stage that waits for them.
@flow(name="portrait", task_runner=ThreadPoolTaskRunner(max_workers=len(os.sched_getaffinity(0)) + 2),
      log_prints=False, persist_result=False)
def portrait_flow(corpus: str, out: str, seed: int = 1, megapixels: float = 1.0, width_mm: float = 200.0,
                  wishes: dict | None = None, person: str | None = None, layout: str | None = None,
                  candidates: int = 3, relief_mm: float | None = None, base_mm: float = 2.0,
                  triangles: int = 400_000, engine_name: str = "patch", finish: str | None = None,
                  dream: str | None = None, dream_strength: float = 6.0, cache: str | None = None,
                  jobs: int | None = None, force: bool = False) -> dict:
    """From a folder of paintings to a printable portrait; gives the record that `run.json` holds."""
    started = time.perf_counter()
    commission = Commission(
        corpus=Path(corpus), out=Path(out), seed=seed, megapixels=megapixels, width_mm=width_mm, wishes=wishes or {},
        person=person, layout=layout, candidates=candidates, relief_mm=relief_mm, base_mm=base_mm, triangles=triangles,
        engine=engine_name, finish=finish, dream=dream, dream_strength=dream_strength,
        cache=Path(cache) if cache else default_cache(), jobs=jobs)
    check_corpus(commission.corpus)
    claim(commission, force=force)
    done = {}
    for name, function, needs in stages.ORDER:
        options = {"each": _measure_as_tasks} if name == "measure" else {}
        done[name] = _stage(name, function)(commission, *(done[need] for need in needs), **options)
    record = write_record(commission, done, time.perf_counter() - started)
    _artifacts(commission, done, record)
    return record


def _artifacts(commission, done, record):
    """Tables and pictures for Prefect's own pages."""
    statistics = json.loads(done["learn"].path("statistics.json").read_text(encoding="utf-8"))
    create_table_artifact(key="corpus", description=f"Paintings of {commission.corpus}", table=[
        {"painting": file, "sha256": sha} for file, sha in record["inputs"].items()])
    create_table_artifact(key="sitters", table=[
        {"attribute": name, **{str(value): count for value, count in counts.items()}}
        for name, counts in statistics["distributions"].items()], description=statistics["sentence"])
    create_table_artifact(key="proportions", table=[{"proportion": name, **values} for name, values
                                                   in statistics["proportions"].items()])
    create_table_artifact(key="timings", table=[{"stage": name, "seconds": seconds}
                                                for name, seconds in record["timings_s"].items()])
    for name in ("portrait.png", "raking.png"):
        create_image_artifact(key=name.replace(".", "-"), image_url=_thumbnail(commission.out / name),
                              description=str(commission.out / name))


def _thumbnail(path, side_px=480):
    from PIL import Image

    with Image.open(path) as picture:
        picture.thumbnail((side_px, side_px))
        stream = io.BytesIO()
        picture.convert("RGB").save(stream, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def run(commission, *, force=False):
    """Run the flow with Prefect's embedded server; gives the record. What the command line calls."""
    with prefect_server.engine(commission.cache):
        return portrait_flow(
            corpus=str(commission.corpus), out=str(commission.out), seed=commission.seed,
            megapixels=commission.megapixels, width_mm=commission.width_mm, wishes=commission.wishes,
            person=str(commission.person) if commission.person else None,
            layout=str(commission.layout) if commission.layout else None, candidates=commission.candidates,
            relief_mm=commission.relief_mm, base_mm=commission.base_mm, triangles=commission.triangles,
            engine_name=commission.engine, finish=commission.finish, dream=commission.dream,
            dream_strength=commission.dream_strength, cache=str(commission.cache), jobs=commission.jobs, force=force)
