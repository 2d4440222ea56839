"""Every command that the README shows with its output is run, in the README's order and in one folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def examples() -> list[tuple[str, list[str]]]:
    """(command, lines of output) of each indented example; "…" alone on a line stands for any lines."""
    found: list[tuple[str, list[str]]] = []
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
        elif line.startswith("    ") and found:
            found[-1][1].append(line[4:].rstrip())
        elif line.strip():
            found.append(("", []))  # prose ends an example
    return [(command, output) for command, output in found if command]


def as_pattern(expected: list[str]) -> str:
    """A regular expression for the expected lines."""
    return "".join("(?:.*\n)*" if line.strip() == "…" else re.escape(line) + " *\n" for line in expected)


def test_the_readme_shows_what_comes_out(tmp_path: Path) -> None:
    (tmp_path / "kg").mkdir()
    (tmp_path / "kg" / "sample").symlink_to(ROOT / "kg" / "sample")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = examples()
    assert len(shown) >= 12
    for command, expected in shown:
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        output = "".join(f"{line.rstrip()}\n" for line in (done.stdout + done.stderr).splitlines() if line.strip())
        if expected:
            assert re.fullmatch(as_pattern([line for line in expected if line.strip()]), output), f"$ {command}\n{output}"
