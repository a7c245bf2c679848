"""The command `okko`. Each subcommand is a module of its own, imported when it is called: an agent starts fast."""

import errno
import logging
import os
import sys
from collections.abc import Sequence

import click

from okko import __version__
from okko.errors import OkkoError
from okko.lazy_group import LazyGroup

_STDERR = 2
_COMMANDS = {
    "audit": "dashboard.access.audit_command:audit",
    "bridge": "okko.commands.bridge:bridge",
    "check": "okko.commands.check:check",
    "config": "okko.commands.config:config",
    "coco": "workshop.coco.command:coco",
    "demo": "okko.commands.demo:demo",
    "doctor": "okko.commands.doctor:doctor",
    "golden": "decision_agent.golden_command:golden",
    "items": "recorder.items:items",
    "label": "recorder.label:label",
    "model": "workshop.models.group:model",
    "predict": "workshop.models.predict:predict",
    "replay": "workshop.replay.command:replay",
    "report": "dashboard.report.command:command",
    "run": "okko.commands.run:run",
    "teach": "workshop.teaching.command:teach",
    "topics": "okko.commands.topics:topics",
    "trigger": "okko.commands.trigger:trigger",
    "up": "okko.commands.up:up",
    "users": "dashboard.access.command:users",
    "watch": "okko.commands.watch:watch",
}


@click.group(cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="okko")
def okko() -> None:
    """Visual inspection for production lines, on an MQTT broker.

    \b
    Start with:
      okko check stations/ducks        is the station file right?
      okko up stations/ducks           run all of it
      okko trigger stations/ducks --count 5 --wait
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 it failed, 2 your input."""
    _stand_in_for_closed_streams()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    try:
        result = okko.main(args=arguments, prog_name="okko", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BaseExceptionGroup as group:
        return _tell(first_of(group))
    except OkkoError as error:
        return _tell(error)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        click.echo(f"okko: {error.filename or 'where the output goes'}: {error.strerror}. Make room", err=True)
        if error.filename is None:
            # What is still buffered must not fail at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result if isinstance(result, int) else 0


def _stand_in_for_closed_streams() -> None:
    """Have a stdin, stdout and stderr where we were started without: a file of ours must not take their place."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)
    # With nothing in their place Python has None there, which no command reckons with.
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def first_of(group: BaseExceptionGroup) -> OkkoError:
    """The error of ours inside a group of tasks that failed together.

    Raises:
        BaseExceptionGroup: the group itself, if none of them is ours.
    """
    ours, _others = group.split(OkkoError)
    if ours is None:
        raise group
    present: BaseException = ours
    while isinstance(present, BaseExceptionGroup):
        present = present.exceptions[0]
    if not isinstance(present, OkkoError):
        raise group
    return present


def _tell(error: OkkoError) -> int:
    logging.getLogger("okko").debug("stopped by an error", exc_info=error)
    click.echo(f"okko: {error}", err=True)
    return error.exit_code
