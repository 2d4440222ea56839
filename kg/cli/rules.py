"""Patterns: what there is, and whether one's own do what their examples say."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.common import cli, settings, tell


@cli.command()
@click.option("--test", "tested", multiple=True, metavar="FILE", help="Run every example and counter-example in FILE.")
def patterns(tested: tuple[str, ...]) -> int:
    """List the patterns that find claims, or test those in a file of your own.

    Files that kg.toml names under patterns are listed too.
    """
    from kg.extract import load_rules, load_user_rules, trial

    if tested:
        count, failures = trial.try_files([Path(file) for file in tested])
        for one in failures:
            click.echo(f"{one.rule}: {one.example!r}: {one.reason}")
        tell([f"{count} examples and counter-examples, {len(failures)} not as they should be"])
        return 1 if failures else 0
    known = (*load_rules().patterns, *load_user_rules(map(Path, settings().patterns)).patterns)
    for pattern in sorted(known, key=lambda pattern: (pattern.relation, pattern.language, pattern.name)):
        click.echo(f"{pattern.relation}\t{pattern.language}\t{pattern.name}\t{pattern.examples[0]}")
    return 0
