"""What makes the command comfortable in a shell."""

from __future__ import annotations

import click

from kg.cli.common import cli


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print what lets SHELL complete the commands and options of kg.

    In bash: eval "$(kg completion bash)"; in zsh the same with zsh; in fish: kg completion fish | source
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    assert complete  # noqa: S101 - the choices are those that click knows
    click.echo(complete(cli, {}, "kg", "_KG_COMPLETE").source())
    return 0
