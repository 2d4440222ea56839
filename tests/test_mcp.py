"""The server for assistants, as the official client sees it over standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

import pyoxigraph as ox
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from kg import vocab
from kg.mcp import Desk
from kg.store import write_store

SMALL = Path(__file__).parent / "data" / "small.trig"
ID = "https://w3id.org/dealgraph/id/"

Talk = Callable[[ClientSession], Coroutine[Any, Any, Any]]


def talk(what: Talk) -> Any:
    """What comes of a talk with a server of its own."""

    async def run() -> Any:
        server = StdioServerParameters(command=sys.executable, args=["-m", "kg", "mcp", "--store", str(SMALL)])
        async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()
            return await what(session)

    return asyncio.run(run())


async def call(session: ClientSession, tool: str, **given: Any) -> tuple[bool, Any]:
    """Whether it is an error, and the answer: JSON, or words."""
    result = await session.call_tool(tool, given)
    text = "".join(part.text for part in result.content)
    failed = bool(result.is_error)
    return failed, text if failed else json.loads(text)


def test_an_assistant_asks_and_is_told_who_says_so() -> None:
    async def what(session: ClientSession) -> list[Any]:
        tools = (await session.list_tools()).tools
        assert {tool.name for tool in tools} == {"search", "describe", "questions", "ask", "sparql", "evidence"}
        assert all(tool.description for tool in tools)
        return [
            await call(session, "search", text="诺凡"),
            await call(session, "describe", node="Norvane"),
            await call(session, "questions"),
            await call(session, "ask", question="rumours", parameters={"company": "Pellucid Maps"}),
            await call(session, "sparql", query="SELECT ?o { company:norvane kg:needs ?o }"),
            await call(session, "sparql", query="CONSTRUCT { ?s kg:needs ?o } { ?s kg:needs ?o }"),
            await call(session, "evidence", node="edge:e8"),
        ]

    answers = talk(what)
    assert [failed for failed, _ in answers] == [False] * 7
    found, norvane, library, rumours, needs, triples, evidence = (answer for _, answer in answers)
    assert next((one["iri"], one["type"]) for one in found["found"]) == (ID + "company/norvane", "Company")
    acquires = next(one for one in norvane["relations"] if one["relation"] == "acquires")
    assert (acquires["object"], acquires["status"], acquires["independent_sources"]) == ("Pellucid Maps", "rumoured", 1)
    assert acquires["claims"][0]["source"] == "people close to the talks"
    assert acquires["claims"][0]["sentences"] == ["Norvane is considering buying Pellucid Maps, people close to the talks said."]
    assert library["rumours"]["parameters"] == {"company": {"kind": "company", "required": False}}
    assert len(rumours["results"]["bindings"]) == 1 and rumours["more"] == 0
    assert [row["o"]["value"] for row in needs["results"]["bindings"]] == [ID + "asset/street-imagery"]
    assert triples["triples"].count("ontology#needs>") == 2
    assert [(one["status"], one["source"], one["id"], one["start"], one["end"]) for one in evidence["evidence"]] == [
        ("rumoured", "财经夜报", "tarn.txt", 17, 42), ("denied", "Osk Freight", "osk.txt", 0, 57),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("describe", {"node": "Norvan"}, "near to it: Norvane"),
        ("describe", {"node": "x> } ; DROP ALL #"}, "no thing in the graph is called"),
        ("ask", {"question": "rumour"}, "near to it: rumours"),
        ("ask", {"question": "rumours", "parameters": {"firm": "x"}}, "has no parameter 'firm'"),
        ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}, ""),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, "SERVICE"),
        ("sparql", {"query": "SELECT"}, ""),
        ("evidence", {"node": "Norvane"}, "no claim, edge or deal with evidence"),
        ("search", {"text": "  "}, "is empty"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tool: str, given: dict[str, Any], said: str) -> None:
    async def what(session: ClientSession) -> tuple[bool, Any]:
        refused = await call(session, tool, **given)
        assert (await call(session, "search", text="Osk"))[0] is False, "the next question is answered"
        return refused

    failed, words = talk(what)
    assert failed and said in words and "Traceback" not in words, words


def test_a_missing_store_and_a_server_are_refused(tmp_path: Path) -> None:
    from kg.errors import InputError, SettingsError
    from kg.mcp import Desk

    with pytest.raises(InputError):
        Desk(tmp_path / "none")
    with pytest.raises(SettingsError, match="is a server"):
        Desk("http://localhost:7878/query")


def test_a_new_version_is_told_at_the_next_call(tmp_path: Path) -> None:
    def build(*others: str) -> None:
        lines = ["company:a a kg:Company ; rdfs:label 'Aa'@en ."]
        for name in others:
            lines.append(f"company:{name} a kg:Company ; rdfs:label '{name}'@en .")
            lines.append(f"edge:{name} a kg:Edge ; rdf:subject company:a ; rdf:predicate kg:needs ; rdf:object company:{name} .")
            lines.append(f"edge:{name} kg:status kg:Stated ; kg:support 1 .")
        prologue = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in vocab.prefixes().items())
        told = ox.parse(prologue + "\n".join(lines), format=ox.RdfFormat.TURTLE)
        write_store(tmp_path / "store", (ox.Quad(one.subject, one.predicate, one.object, ox.NamedNode("urn:g")) for one in told))

    build("b")
    desk = Desk(tmp_path)
    try:
        for others in (("b",), ("b", "c"), ("c",)):
            build(*others)
            assert [one["object"] for one in desk.describe("Aa")["relations"]] == list(others)
            assert len(desk.search("c")["found"]) == others.count("c")
            assert len(desk.sparql("SELECT ?x { company:a ^rdf:subject ?x }")["results"]["bindings"]) == len(others)
    finally:
        desk.close()


def test_what_is_told_of_most_comes_first() -> None:
    desk = Desk(SMALL)
    try:
        found = [one["iri"].removeprefix(ID) for one in desk.search("a")["found"]]
        assert found[:2] == ["challenge/antitrust-review", "company/tarn-robotics"]  # what begins with it, then what stands in six claims and edges
        assert desk.describe("document:d1")["note"].startswith("no thing and no deal")
        osk = desk.describe("Osk Freight")["relations"]
        assert [(one["relation"], one["status"], len(one["claims"])) for one in osk] == [("merges with", "denied", 2)]
    finally:
        desk.close()
