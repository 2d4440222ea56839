"""The command ``kg``: words to function calls. Results go to stdout, everything else to stderr.

Exit status: 0 done, 1 done with problems, not conformant or different, 2 could not run. What a command needs is imported when it runs.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

import click

from kg.cli import answers, making, outputs, rules, serving, shell, stages
from kg.cli.common import cli
from kg.errors import KGError

__all__ = ["answers", "cli", "main", "making", "outputs", "rules", "serving", "shell", "stages"]


def main() -> None:
    """Run the command line and exit with its status; no error of a user's making shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = cli(prog_name="kg", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        status = 2
    except KGError as error:
        click.echo(f"kg: {error}", err=True)
        status = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("kg: stopped", err=True)
        status = 130
    except BrokenPipeError:  # the reader has seen enough; Python would complain once more when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)
