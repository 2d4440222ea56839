"""What makes the command comfortable: progress, loudness, colours, hints, completion."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from news import kg, write_rows

from kg.cli.common import progress

ESCAPE = "\x1b["


def on_a_terminal(*arguments: str, cwd: Path, **env: str) -> tuple[int, str]:
    """Run the command with stderr on a terminal; exit status and what stood there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kg", *arguments], cwd=cwd, stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | {"TERM": "xterm"} | env
    ) as process:
        os.close(theirs)
        told = b""
        try:
            while part := os.read(ours, 65536):
                told += part
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    return process.returncode, told.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two texts that no pipeline has to be loaded for."""
    french = "Le groupe Lumelle a annoncé mardi le rachat de son concurrent Tavor pour deux milliards d'euros."
    write_rows(tmp_path / "news.jsonl", [{"id": name, "text": french + name} for name in "ab"])
    return tmp_path


def test_a_terminal_shows_progress_and_colours_unless_they_are_not_wanted(folder: Path) -> None:
    status, told = on_a_terminal("build", "news.jsonl", "none.txt", cwd=folder)
    assert status == 1
    assert "2/2" in told
    assert "documents/s" in told
    assert f"{ESCAPE}33mnone.txt: No such file" in told
    status, told = on_a_terminal("build", "news.jsonl", "none.txt", cwd=folder, NO_COLOR="1")
    assert "none.txt: No such file" in told
    assert "documents/s" not in told, "there was nothing left to extract"
    assert "m" not in {part.lstrip("0123456789;")[:1] for part in told.split(ESCAPE)[1:]}, "a colour"


def test_a_pipe_gets_the_summary_and_no_progress_and_no_colours(folder: Path) -> None:
    done = kg("build", "news.jsonl", "none.txt", cwd=folder)
    lines = done.stderr.decode().splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["news.jsonl:1:", "news.jsonl:2:", "none.txt:", "documents", "look"]
    assert ESCAPE not in done.stderr.decode()


@pytest.mark.parametrize("arguments", [("-q", "build", "news.jsonl", "none.txt"), ("build", "news.jsonl", "none.txt", "--quiet")])
def test_quiet_says_nothing_but_errors(folder: Path, arguments: tuple[str, ...]) -> None:
    done = kg(*arguments, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert kg("-q", "build", "news.jsonl", "-o", "news.jsonl", cwd=folder).stderr.startswith(b"kg: ")


def test_verbose_says_what_is_done(folder: Path) -> None:
    write_rows(folder / "empty.jsonl", [])
    assert b"info: kg.build.observation: 0 documents, 0 to extract\n" in kg("build", "empty.jsonl", "-v", cwd=folder).stderr


@pytest.mark.parametrize(("arguments", "meant"), [(("biuld",), "build"), (("build", "--syncs", "x"), "--sync")])
def test_what_was_meant_is_guessed(folder: Path, arguments: tuple[str, ...], meant: str) -> None:
    done = kg(*arguments, cwd=folder)
    assert (done.returncode, f"Did you mean '{meant}'?" in done.stderr.decode()) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(folder: Path, shell: str) -> None:
    done = kg("completion", shell, cwd=folder)
    assert done.returncode == 0
    assert f"_KG_COMPLETE={shell}_complete" in done.stdout.decode()


def test_the_completion_knows_commands_and_options(folder: Path) -> None:
    for words, wanted in (("kg bui", "plain,build"), ("kg build --no-g", "plain,--no-gazetteer")):
        env = os.environ | {"_KG_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run([sys.executable, "-m", "kg"], env=env, cwd=folder, capture_output=True, check=True, text=True)
        assert done.stdout.splitlines() == [wanted]


def test_in_a_log_long_work_says_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    monkeypatch.setattr("kg.cli.common.is_quiet", lambda: False)
    monkeypatch.setattr("kg.cli.common.time.monotonic", lambda: now[0])
    with progress("extracting", "documents") as advance:
        assert advance is not None
        for done, at in enumerate([1.0, 9.0, 10.0, 12.0, 19.0, 21.0, 22.0]):
            now[0] = at
            advance(done, 6)
    assert capsys.readouterr().err.splitlines() == [f"extracting: {done} of 6 documents" for done in (2, 5, 6)]


def test_in_a_log_short_work_says_nothing_of_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("kg.cli.common.is_quiet", lambda: False)
    monkeypatch.setattr("kg.cli.common.time.monotonic", lambda: 0.0)
    with progress("extracting", "documents") as advance:
        assert advance is not None
        advance(6, 6)
    assert capsys.readouterr().err == ""
