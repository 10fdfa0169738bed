"""The Prefect flow, for the command that runs it: a module of its own, so that only that command loads Prefect."""

from flows.run.portrait import run

__all__ = ["run"]
