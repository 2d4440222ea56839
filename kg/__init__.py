"""Business news in English and Chinese as a knowledge graph that says who claims what.

What stands in ``__all__`` is loaded when it is first used. Graphs come as ``rdflib.Dataset`` and ``networkx.MultiDiGraph``:

>>> import kg
>>> store = kg.open_store("kg-out")
>>> rows = kg.ask(store, "acquisitions", company="Tarn Robotics")
>>> print(kg.as_table(rows, kg.names_in(store, rows)))
buyer          target    status     support  first       last
─────────────  ────────  ─────────  ───────  ──────────  ──────────
Tarn Robotics  微光传感  completed  1        2031-03-05  2031-03-05
1 row
>>> graph = kg.project(store)
>>> [(kg.label(graph, one.company), kg.label(graph, to.target), to.score) for one in kg.strategies(graph) for to in one.targets][0]
('Norvane', 'Pellucid Maps', 0.828)
>>> len(kg.within(store, "2031-03-09").dataset().query("SELECT DISTINCT ?claim { ?claim kg:edge ?edge }", initNs={"kg": kg.KG}))
2
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "KG": "vocab", "KGError": "errors", "Settings": "config", "analyse": "analyze", "around": "analyze", "as_json": "query",
    "as_table": "query", "ask": "query", "build": "build", "diff": "diff", "explain": "report", "find": "query", "label": "analyze",
    "names_in": "query", "paths": "analyze", "open_store": "store", "parse": "extract", "project": "analyze", "rank": "analyze", "remove": "build",
    "render": "view", "show": "view", "sparql": "query", "strategies": "analyze", "within": "query.period", "write_report": "report",
}  # fmt: skip
"""Module of each public name."""

__all__ = [
    "KG", "KGError", "Settings", "__version__", "analyse", "around", "as_json", "as_table", "ask", "build", "diff", "explain", "find", "label",
    "names_in", "open_store", "parse", "paths", "project", "rank", "remove", "render", "show", "sparql", "strategies", "within", "write_report",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    return home if _HOMES[name] == name else getattr(home, name)


def __dir__() -> list[str]:
    return __all__


class _Stage(ModuleType):
    """A module that can be called like the function of its name: ``kg.build`` is bound to the module by the import system."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return getattr(self, self.__name__.rpartition(".")[2])(*arguments, **options)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and _HOMES.get(name) == name:
            value.__class__ = _Stage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
