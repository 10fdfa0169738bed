"""The whole way as a Prefect flow: a task per painting, a task per stage, tables and pictures as artifacts.

Tasks hand on paths and checksums, never arrays. What is done is remembered by content (`flows.run.stage_cache`,
`flows.corpus.store`), not by Prefect's own result cache, which does not notice a change in the code below a task.
"""

import base64
import inspect
import io
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from data.progress import Progress
from flows.corpus.folder import check_corpus
from flows.corpus.measuring import Measurer, MeasuringRequest, Outcome, Record
from flows.corpus.store import default_cache
from flows.run import prefect_server
from flows.run.commission import SETTINGS, Commission
from flows.run.progress import bar
from flows.run.record import write_record
from flows.run.run_folder import claim
from flows.run.setting import Declared
from flows.run.stage_cache import Done
from flows.run.stages.order import ORDER

prefect_server.settle(default_cache())

from prefect import flow, task  # noqa: E402 - Prefect reads its settings when it is imported
from prefect.artifacts import create_image_artifact, create_table_artifact  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.task_runners import ThreadPoolTaskRunner  # noqa: E402

_DESCRIPTION = "From a folder of paintings to a printable portrait; gives the record that `run.json` holds."
_PLAIN = {"cache_policy": NO_CACHE, "persist_result": False}
# One thread more than there are workers, and one for the stage that waits for them.
_THREADS = len(os.sched_getaffinity(0)) + 2
_THUMBNAIL_PX = 480
_THUMBNAIL_QUALITY = 85


def _measure_as_tasks(requests: Sequence[MeasuringRequest], measurer: Measurer,
                      progress: Progress | None) -> list[Outcome[Record]]:
    """Every painting a Prefect task; the work itself is done in the measurer's processes."""
    by_file = {request.file: request for request in requests}
    results: dict[str, Outcome[Record]] = {}
    done = 0

    @task(name="measure a painting", task_run_name="{file}", retries=0, **_PLAIN)
    def measure_painting(file: str) -> str:
        nonlocal done
        # What a task returns is looked through for other tasks' results: a word keeps that short.
        results[file] = measurer.measure(by_file[file])
        done += 1
        if progress:
            progress(done, len(requests))
        return results[file].reason or "measured"

    futures = [measure_painting.submit(file) for file in by_file]
    for future in futures:
        future.result()
    return [results[request.file] for request in requests]


def _stage(name: str, function: Callable[..., Done[Any]]) -> Callable[..., Done[Any]]:
    """A stage as a task that draws its bar."""
    @task(name=name, **_PLAIN)
    def run(*arguments: Any, **options: Any) -> Done[Any]:
        with bar(name) as progress:
            return function(*arguments, progress=progress, **options)

    return run


def _parameter(setting: Declared) -> inspect.Parameter:
    """A setting as a parameter of the flow; a server holds paths as text, and None where a default is made anew."""
    kind = {Path: str}.get(setting.type, getattr(setting.type, "__origin__", setting.type))
    return inspect.Parameter(setting.parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD,
                             annotation=kind | None if setting.optional else kind,
                             default=inspect.Parameter.empty if setting.needed else setting.default)


def _with_settings(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The function with a parameter for every setting of a run in the place of its `**settings`."""
    signature = inspect.signature(function)
    corpus, force = signature.parameters["corpus"], signature.parameters["force"]
    settings = [_parameter(setting) for setting in SETTINGS]
    ordered = [corpus, *settings, force.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    function.__signature__ = signature.replace(parameters=ordered)  # type: ignore[attr-defined]
    function.__annotations__ = {**{each.name: each.annotation for each in ordered}, "return": dict}
    return function


@flow(name="portrait", description=_DESCRIPTION, task_runner=ThreadPoolTaskRunner(max_workers=_THREADS), log_prints=False,
      persist_result=False)
@_with_settings
def portrait_flow(corpus: str, out: str, *, force: bool = False, **settings: Any) -> dict[str, Any]:
    """From a folder of paintings to a printable portrait.

    Parameters
    ----------
    corpus, out : str
        The folder of scans, and the folder for the results.
    force : bool
        Replace what an earlier run left in `out`.
    **settings
        Every other setting of `flows.run.commission.Commission`, each a parameter of its own in the flow's signature.

    Returns
    -------
    dict
        The record that `run.json` holds.
    """
    started = time.perf_counter()
    commission = Commission.of_parameters({"corpus": corpus, "out": out, **settings})
    check_corpus(commission.corpus)
    claim(commission, force=force)
    done: dict[str, Done[Any]] = {}
    for name, function, needs in ORDER:
        options = {"each": _measure_as_tasks} if name == "measure" else {}
        done[name] = _stage(name, function)(commission, *(done[need] for need in needs), **options)
    record = write_record(commission, done, time.perf_counter() - started)
    _artifacts(commission, done["learn"].result.statistics, record)
    return record


def _artifacts(commission: Commission, statistics: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Tables and pictures for Prefect's own pages."""
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


def _thumbnail(path: Path) -> str:
    """A small picture as a data address."""
    with Image.open(path) as picture:
        picture.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
        stream = io.BytesIO()
        picture.convert("RGB").save(stream, "JPEG", quality=_THUMBNAIL_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def run(commission: Commission, *, force: bool = False) -> dict[str, Any]:
    """Run the flow with Prefect's embedded server; gives the record. What the command line calls."""
    with prefect_server.running(commission.cache):
        return portrait_flow(**commission.parameters(), force=force)
