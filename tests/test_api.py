"""What ``import kg`` offers, and every example in a docstring."""

from __future__ import annotations

import doctest
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import networkx as nx
import pytest
import rdflib

import kg
from kg.store import open_store, write_store

SMALL = Path(__file__).parent / "data" / "small.trig"
NEEDS_TORCH = {"kg.train.export", "kg.train.learn", "kg.train.relate"}
FOUND = {"kg", *(found.name for found in pkgutil.walk_packages(kg.__path__, "kg.") if not found.name.endswith("__main__"))}
MODULES = sorted(FOUND - NEEDS_TORCH)


@pytest.fixture
def small_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with the hand-made graph where a build leaves its own."""
    with open_store(SMALL) as small:
        write_store(tmp_path / "kg-out" / "store", small.quads())
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("small_build")
@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(import_module(name), extraglobs={"open_store": open_store})
    assert failed == 0


def test_only_training_needs_torch() -> None:
    assert NEEDS_TORCH < FOUND
    script = f"import importlib, sys; [importlib.import_module(name) for name in {MODULES}]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    with_examples = {name for name in MODULES for found in finder.find(import_module(name)) if found.examples}
    assert {"kg", "kg.query", "kg.questions", "kg.query.period", "kg.analyze.graph", "kg.export", "kg.extract"} <= with_examples


def test_the_public_names_are_those_that_are_listed() -> None:
    assert sorted(kg.__all__) == kg.__all__
    assert dir(kg) == kg.__all__
    for name in kg.__all__:
        thing = getattr(kg, name)
        assert isinstance(thing, str) or getattr(thing, "__doc__", None), name
    with pytest.raises(AttributeError, match="has no attribute 'buidl'"):
        _ = kg.buidl
    script = "import sys, kg; print(sorted(name for name in sys.modules if name.startswith('kg')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "['kg']", "nothing is loaded before it is used"


def test_build_is_a_module_that_can_be_called(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Arbel has acquired Nokora.", encoding="utf-8")
    manifest, problems = kg.build([str(tmp_path / "a.txt")], tmp_path / "out", kg.Settings())
    assert (manifest.counts["documents"], problems) == (1, [])
    assert isinstance(kg.build, ModuleType)
    with kg.open_store(tmp_path / "out") as store:
        assert isinstance(store.dataset(), rdflib.Dataset)
        assert isinstance(kg.project(store), nx.MultiDiGraph)
        assert kg.diff(store, store).empty
        assert len(kg.sparql(store, "SELECT ?document { ?document a kg:Document }").rows) == 1
