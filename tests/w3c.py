"""The W3C's tests of SPARQL 1.0 and 1.1 queries, through the service and past it: ``python tests/w3c.py FOLDER``.

FOLDER holds ``dawg-data-r2`` and ``sparql11``, as rdflib's source distribution does: ``pip download --no-binary :all: --no-deps rdflib``, unpack, and
take ``test/data/suites/w3c``. All their data is put into one store, each file as a graph; a test names its graphs by ``default-graph-uri`` and
``named-graph-uri``. Printed is how often the service, and the engine without it, give what the W3C expects, and each test on which the two differ.
Blank nodes in rows are taken for equal; what is about updates, entailment and other servers is left out.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pyoxigraph as ox
from serving import served

from kg.query.pool import Limits

BASE = "http://w3c.example/"
NOTHING = BASE + "nothing"
MF, QT, RDF = (
    "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#",
    "http://www.w3.org/2001/sw/DataAccess/tests/test-query#",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
)
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
LEFT_OUT = ("entailment", "service", "protocol", "http-rdf-update", "service-description", "update", "syntax-update-1", "syntax-update-2")
GRAPH_FILES = {".ttl": ox.RdfFormat.TURTLE, ".rdf": ox.RdfFormat.RDF_XML, ".n3": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}
ROW_FILES = {".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON, ".tsv": ox.QueryResultsFormat.TSV}


class Test(NamedTuple):
    """A test of a manifest; IRIs are those of files under ``BASE``."""

    name: str
    kind: str
    query: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    result: str = ""


def read(folder: Path, path: Path) -> list[ox.Quad]:
    """Statements of a file of data."""
    return list(ox.parse(path=path, format=GRAPH_FILES[path.suffix], base_iri=BASE + path.relative_to(folder).as_posix()))


def tests_of(folder: Path, manifest: Path) -> Iterator[Test]:
    """Tests of a manifest."""
    store = ox.Store()
    try:
        store.extend(read(folder, manifest))
    except SyntaxError:
        return

    def values(subject: object, predicate: str) -> list[object]:
        return [quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]

    def iris(subject: object, predicate: str) -> tuple[str, ...]:
        found = []
        for one in values(subject, predicate):
            inner = values(one, QT + "graph")  # SPARQL 1.1 lets a graph be a node that names it
            found += [thing.value for thing in (inner or [one]) if isinstance(thing, ox.NamedNode)]
        return tuple(found)

    for quad in store.quads_for_pattern(None, ox.NamedNode(MF + "action"), None):
        [kind, *_] = [value.value.rpartition("#")[2] for value in values(quad.subject, RDF + "type") if isinstance(value, ox.NamedNode)] or [""]
        action, name = quad.object, f"{manifest.parent.relative_to(folder)}: {values(quad.subject, MF + 'name')[0].value}"
        result = next((one.value for one in values(quad.subject, MF + "result") if isinstance(one, ox.NamedNode)), "")
        query = iris(action, QT + "query") or ((action.value,) if isinstance(action, ox.NamedNode) else ())
        if query and "Update" not in kind:
            yield Test(name, kind, query[0], iris(action, QT + "data"), iris(action, QT + "graphData"), result)


def text_of(folder: Path, iri: str) -> str:
    """The query of a test, with the address of its file as base."""
    return f"BASE <{iri}>\n" + (folder / iri.removeprefix(BASE)).read_bytes().decode("utf-8")


def rows(found: object) -> object:
    """A result in a form that can be compared."""

    def plain(term: object) -> str:
        return "_:" if isinstance(term, ox.BlankNode) else str(term)

    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    if isinstance(found, ox.QuerySolutions):
        names = sorted(variable.value for variable in found.variables)
        return tuple(names), Counter(tuple(plain(row[name]) for name in names) for row in found)
    graph = ox.Dataset(ox.Quad(one.subject, one.predicate, one.object) for one in found)  # type: ignore[attr-defined]
    graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return sorted(map(str, graph))


def expected(folder: Path, test: Test) -> object:
    """What the W3C expects of a test."""
    path = folder / test.result.removeprefix(BASE)
    if path.suffix in ROW_FILES:
        return rows(ox.parse_query_results(path=path, format=ROW_FILES[path.suffix]))
    if path.suffix == ".csv":
        return sorted(path.read_text("utf-8").split())
    store = ox.Store()
    store.extend(read(folder, path))

    def values(subject: object, predicate: str) -> list[object]:
        return [quad.object for quad in store.quads_for_pattern(subject, ox.NamedNode(RS + predicate), None)]

    [*sets] = store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(RS + "ResultSet"))
    if not sets:
        return rows(quad.triple for quad in store)
    if boolean := values(sets[0].subject, "boolean"):
        return str(boolean[0]).startswith('"true"')
    names, found = sorted(value.value for value in values(sets[0].subject, "resultVariable")), Counter()  # type: ignore[attr-defined]
    for solution in values(sets[0].subject, "solution"):
        bound = {values(one, "variable")[0].value: values(one, "value")[0] for one in values(solution, "binding")}  # type: ignore[attr-defined]
        found[tuple("_:" if isinstance(bound.get(name), ox.BlankNode) else str(bound.get(name)) for name in names)] += 1
    return tuple(names), found


def by_service(client: httpx.Client, text: str, default: list[str], named: list[str], *, csv: bool) -> object:
    """What the service says, or its refusal."""
    parameters = {"default-graph-uri": default, "named-graph-uri": named}
    accept = "text/csv" if csv else "application/sparql-results+json, application/n-triples"
    response = client.post("/sparql", params=parameters, content=text, headers={"Content-Type": "application/sparql-query", "Accept": accept})
    if response.status_code != 200:
        return f"{response.status_code} {response.text.strip()}"
    if csv:
        return sorted(response.text.split())
    if "n-triples" in response.headers["content-type"]:
        return rows(quad.triple for quad in ox.parse(response.content, ox.RdfFormat.N_TRIPLES))
    return rows(ox.parse_query_results(response.content, ox.QueryResultsFormat.JSON))


def by_engine(store: ox.Store, text: str, default: list[str], named: list[str], *, own: bool, csv: bool) -> object:
    """What the engine says by itself."""
    graphs = {} if own else {"default_graph": [*map(ox.NamedNode, default)], "named_graphs": [*map(ox.NamedNode, named)]}
    try:
        found = store.query(text, **graphs)  # type: ignore[arg-type]
        return sorted(found.serialize(format=ox.QueryResultsFormat.CSV).decode().split()) if csv else rows(found)  # type: ignore[union-attr]
    except (SyntaxError, OSError, ValueError, RuntimeError) as error:
        return f"400 {error}"


def main(folder: Path) -> None:
    """Run all, print the sums and the differences."""
    tests = [
        test
        for manifest in sorted(folder.glob("*/*/manifest*.ttl"))
        if manifest.parent.name not in LEFT_OUT and manifest.parts[len(folder.parts)] in ("dawg-data-r2", "sparql11")
        for test in tests_of(folder, manifest)
        if (folder / test.query.removeprefix(BASE)).exists()
    ]
    store, nothing = ox.Store(), ox.NamedNode(NOTHING)
    store.add(ox.Quad(nothing, nothing, ox.Literal("nothing"), nothing))
    files = {folder / iri.removeprefix(BASE) for test in tests for iri in (*test.default, *test.named)} | set(folder.glob("*/dataset/data*.ttl"))
    for path in sorted(files):
        graph = ox.NamedNode(BASE + path.relative_to(folder).as_posix())
        try:
            store.extend(ox.Quad(one.subject, one.predicate, one.object, graph) for one in read(folder, path))
        except (SyntaxError, OSError) as error:
            say(f"left out {path}: {error}")
    held = {graph.value for graph in store.named_graphs()}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "w3c.nq"
        store.dump(str(place), ox.RdfFormat.N_QUADS)
        with served(place, limits=Limits(seconds=20)) as client:
            judge(folder, tests, store, held, client)


def judge(folder: Path, tests: list[Test], store: ox.Store, held: set[str], client: httpx.Client) -> None:
    """Compare service, engine and W3C, test by test."""
    sums: Counter[str] = Counter()
    for test in tests:
        text, syntax, csv = text_of(folder, test.query), "Syntax" in test.kind, test.result.endswith(".csv")
        own = not syntax and not (test.default or test.named) and "FROM" in text
        default, named = ([iri for iri in some if iri in held] for some in (test.default, test.named))
        if not default and not named and not own:
            named = [NOTHING]
        served_, bare = by_service(client, text, default, named, csv=csv), by_engine(store, text, default, named, own=own, csv=csv)
        if syntax:
            wanted = "Negative" not in test.kind
            right = [(not str(one).startswith("4")) == wanted for one in (served_, bare)]
        else:
            wanted = expected(folder, test)
            right = [one == wanted for one in (served_, bare)]
        group = "syntax" if syntax else "evaluation"
        agree = served_ == bare or all(right)
        sums.update({f"{group}: tests": 1, f"{group}: service right": right[0], f"{group}: engine right": right[1], f"{group}: they agree": agree})
        if right[0] != right[1]:
            say(f"{'service' if right[0] else 'engine'} alone is right on {test.name}: {str(served_)[:200]} | {str(bare)[:120]}")
    for name, count in sorted(sums.items()):
        say(f"{name:30} {count}")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
