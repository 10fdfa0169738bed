"""The command line: one verb per stage. Results go to stdout, talk to stderr; 0 done, 1 failed, 2 misused.

The commands stand in `corpus_commands`, `run_commands`, `print_commands` and `restyle_commands`: their options and their
help. What each of them does stands in a `_work` module beside, which is imported when the command is called.
"""

import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from data.errors import PortraitError, UsageError
from flows.cli import corpus_commands, print_commands, restyle_commands, run_commands
from flows.run.progress import say

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110, "show_default": True}
_DONE, _FAILED, _MISUSED, _STOPPED = 0, 1, 2, 130


@click.group(context_settings=_SETTINGS)
@click.version_option(package_name="atelier")
@click.option("-v", "--verbose", is_flag=True, help="Say more about what is done, on stderr.")
def cli(verbose: bool) -> None:
    """Atelier learns how one master painted people, and paints a portrait that master never painted.

    \b
    atelier practice --out corpus --count 32     a corpus of an imaginary master, with known truth
    atelier stats corpus --html corpus.html      what a corpus says about its sitters
    atelier run corpus --out out                 a new portrait, its relief, and files for a printer
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(message)s", stream=sys.stderr,
                        force=True)


for _family in (corpus_commands, run_commands, print_commands, restyle_commands):
    for _command in _family.COMMANDS:
        cli.add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status. PortraitErrors become one line on stderr, never a traceback."""
    try:
        status = cli.main(args=argv, prog_name="atelier", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else _DONE
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _ended(_STOPPED, "stopped; what is finished is kept, and the same command goes on from there")
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return error.exit_code
    except UsageError as error:
        return _ended(_MISUSED, str(error))
    except PortraitError as error:
        return _ended(_FAILED, str(error))
    except BrokenPipeError:
        # The reader of our output has left (`atelier ... | head`): nothing more to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except OSError as error:
        return _ended(_FAILED, f"{error.filename or 'input or output'}: {error.strerror or error}")
    except MemoryError:
        return _ended(_FAILED, "out of memory: ask for fewer --megapixels or fewer --jobs")


def _ended(status: int, why: str) -> int:
    say(f"atelier: {why}")
    return status


def entry() -> None:
    """The installed command."""
    # A polite kill is like Ctrl-C: workers and Prefect's server are ended in good order.
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
