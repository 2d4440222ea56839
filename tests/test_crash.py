"""Full disks, Ctrl-C, kill -9, two at once: earlier results stay whole, and the next build works."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from news import composed_news, write_rows

from kg.build import build, remove
from kg.config import Settings
from kg.errors import InputError, OutputError
from kg.store import only_writer, open_store

RESULTS = ("graph.ttl", "graph.trig", "graph.html", "report.md", "resolution.jsonl", "problems.jsonl")
CHANGES = """
import os, signal, sys
import networkx, pyshacl, pyvis.network, rdflib, scipy.optimize, scipy.sparse
from pathlib import Path
from kg.build import remove
from kg.config import Settings
from kg.validate import gate

gate({}, [])  # the shapes are read once for all
left = 0

def watch(event, arguments):
    "Die of the change to a file that comes after so many others."
    global left
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event in ("os.rename", "os.mkdir", "shutil.rmtree"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

point = 0
while True:
    left, out = point, Path(sys.argv[1], str(point))
    child = os.fork()
    if not child:
        sys.addaudithook(watch)
        remove(["news-01"], out, Settings())
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    point += 1
print(point)
"""
"""Removes a document from copies of a build, killed before its first change to a file, its second, … until one comes through."""
POINTS = 30
"""More than there are changes to files in a removal."""


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def quads(out: Path) -> set[ox.Quad]:
    with open_store(out) as store:
        return set(store.quads())


def many_news() -> list[dict[str, str]]:
    """168 rows, so many that two processes are busy for a while."""
    return [row | {"id": f"{part}-{row['id']}"} for part in range(6) for row in composed_news()]


def start(*arguments: str | Path, cwd: Path, prepare: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """The command in a session of its own, as on a terminal: it hears Ctrl-C even where the tests run in the background and do not."""

    def before() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if prepare is not None:
            prepare()

    return subprocess.Popen(
        [sys.executable, "-m", "kg", *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=before,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},  # a limited Python would leave half a bytecode file for all that come after
    )


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until it happened while the process runs, 60 s at most."""
    for _ in range(6000):
        if happened():
            return
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.01)
    raise AssertionError("nothing happened for a minute")


@pytest.fixture
def folder(news_build: Path, tmp_path: Path) -> Path:
    """A copy of the finished build to change."""
    return Path(shutil.copytree(news_build, tmp_path / "news"))


def test_killed_at_any_change_to_a_file_nothing_half_done_is_seen_and_the_next_run_ends_it(news_build: Path, tmp_path: Path) -> None:
    before, after = shutil.copytree(news_build / "kg-out", tmp_path / "before"), tmp_path / "after"
    remove([row["id"] for row in composed_news()[4:]], before, Settings())
    remove(["news-01"], shutil.copytree(before, after), Settings())
    old, new = results(before), results(after)
    old_quads, new_quads = quads(before), quads(after)
    for point in range(POINTS):
        shutil.copytree(before, tmp_path / str(point))
    done = subprocess.run([sys.executable, "-c", CHANGES, tmp_path], capture_output=True, check=True, timeout=120)
    points = int(done.stdout)
    assert len(RESULTS) + 2 < points < POINTS
    switched = []
    for point in range(points):
        out = tmp_path / str(point)
        switched.append(quads(out) == new_quads)
        assert switched[-1] or quads(out) == old_quads
        assert all(content in (old[name], new[name]) for name, content in results(out).items())
        assert switched[-1] or results(out) == old
    assert switched == sorted(switched)
    for point in sorted({0, switched.index(True) - 1, switched.index(True), points - 1}):
        out = tmp_path / str(point)
        try:
            remove(["news-01"], out, Settings())
        except InputError:  # it was gone: killed when it tidied up
            assert results(out) == new
            build([], out, Settings())
        assert results(out) == new
        assert quads(out) == new_quads
        assert list(out.rglob("*.part")) == []
        assert len(list((out / "extractions").iterdir())) == 3


@pytest.mark.parametrize("largest", [5, 3_000, 60_000])
def test_a_file_that_cannot_grow_is_told_and_earlier_results_stay_whole(folder: Path, largest: int) -> None:
    before = results(folder / "kg-out")
    write_rows(folder / "more.jsonl", [{"id": "new", "text": "Le groupe Lumelle rachète Tavor, son concurrent de toujours. " * 40}])
    limit = (largest, largest)
    process = start("build", "more.jsonl", cwd=folder, prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    told = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 2, told
    [line] = told.splitlines()
    assert "too large" in line
    assert "earlier results are whole" in line
    assert results(folder / "kg-out") == before
    assert list((folder / "kg-out").rglob("*.part")) == []
    manifest, _ = build([str(folder / "more.jsonl")], folder / "kg-out", Settings())
    assert manifest.counts["documents"] == 29


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    mount = shutil.which("mount")
    if os.geteuid() or not mount:
        pytest.skip("only root can mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a small file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("free", [0, 40_000, 600_000])
def test_a_full_disk_is_told_and_earlier_results_stay_whole(news_build: Path, small_disk: Path, free: int) -> None:
    out = Path(shutil.copytree(news_build / "kg-out", small_disk / "kg-out"))
    before, before_quads = results(out), quads(out)
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - free))
    with pytest.raises(OutputError, match="No space left on device"):
        remove(["news-01"], out, Settings())
    assert results(out) == before
    assert quads(out) == before_quads
    (small_disk / "filler").unlink()
    assert remove(["news-01"], out, Settings())[0].counts["documents"] == 27


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_of_extraction(folder: Path, how: signal.Signals) -> None:
    out = folder / "kg-out"
    before, kept = results(out), len(list((out / "extractions").iterdir()))
    source = write_rows(folder / "many.jsonl", many_news())
    process = start("build", source, "--workers", "2", cwd=folder)
    wait_for(lambda: len(list((out / "extractions").glob("*.jsonl"))) > kept + 2, process)  # files that are being written are none yet
    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # a terminal sends it to all
    else:
        process.kill()
    told = process.communicate(timeout=20)[1].decode()  # ends only when its processes, who hold stderr too, are gone
    if how is signal.SIGINT:
        last = [line for line in told.splitlines() if line and not line.startswith("extracting: ")]  # a slow machine says how far it is
        assert (process.returncode, last) == (130, ["kg: stopped"])
    assert "Traceback" not in told
    assert results(out) == before
    reused = {path.name for path in (out / "extractions").iterdir()}
    manifest, _ = build([str(source)], out, Settings())
    assert manifest.counts["documents"] == kept + 168
    assert len(reused & {path.name for path in (out / "extractions").iterdir()}) > kept + 2
    fresh = folder / "fresh"
    build([str(source), str(folder / "news.jsonl")], fresh, Settings())
    assert results(out) == results(fresh)


def test_two_builds_into_one_folder_at_once_are_refused(folder: Path) -> None:
    before = results(folder / "kg-out")
    with only_writer(folder / "kg-out" / "store"):
        for change in (lambda: build([], folder / "kg-out", Settings()), lambda: remove(["news-01"], folder / "kg-out", Settings())):
            with pytest.raises(OutputError, match=rf"is being written by another build \(process {os.getpid()} on .*choose another output folder"):
                change()
    assert results(folder / "kg-out") == before


@pytest.mark.parametrize("place", ["file", "file/out"])
def test_an_output_folder_that_is_a_file_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="choose another folder with -o"):
        build([], tmp_path / place, Settings())
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"


def test_a_store_of_another_format_is_derived_anew(folder: Path) -> None:
    out = folder / "kg-out"
    before, before_quads = results(out), quads(out)
    (out / "store" / "FORMAT").write_text("dealgraph-store 0\n", encoding="utf-8")
    with pytest.raises(OutputError, match=r"has the format 'dealgraph-store 0'.*derive it anew with kg build -o"):
        open_store(out)
    build([], out, Settings())
    assert (results(out), quads(out)) == (before, before_quads)


def test_extractions_that_cannot_be_read_any_more_are_made_again_from_their_texts(folder: Path) -> None:
    out = folder / "kg-out"
    before = results(out)
    manifest = json.loads((out / "manifest.json").read_bytes())
    for path in (out / "extractions").iterdir():
        path.write_bytes(path.read_bytes().replace(b'"kind":"extraction"', b'"kind":"reading"'))
        manifest["outputs"][f"extractions/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    told, problems = build([], out, Settings())
    assert (told.counts["documents"], problems) == (28, [])
    assert results(out) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is damaged or of another version"),
        (b'{"kind": "manifest"}', "is damaged or of another version"),
        (None, "has the format 'dealgraph-output 9', this version reads and writes 'dealgraph-output 1'"),
    ],
)
def test_a_folder_of_another_format_is_refused_and_loses_nothing(folder: Path, content: bytes | None, reason: str) -> None:
    path = folder / "kg-out" / "manifest.json"
    path.write_bytes(content or path.read_bytes().replace(b"dealgraph-output 1", b"dealgraph-output 9"))
    before = {path: path.read_bytes() for path in (folder / "kg-out").rglob("*") if path.is_file() and path.name != "LOCK"}
    for change in (lambda: build([str(folder / "news.jsonl")], folder / "kg-out", Settings()), lambda: remove(["a"], folder / "kg-out", Settings())):
        with pytest.raises(OutputError, match=reason):
            change()
    assert all(path.read_bytes() == content for path, content in before.items())
