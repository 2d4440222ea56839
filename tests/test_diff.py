"""What changed between variants of the hand-made graph; expected changes were written down by hand."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from news import kg

from kg import vocab
from kg.cli import cli
from kg.diff import Change, Changes, Difference, as_json, as_lines, diff, sections
from kg.errors import KGError
from kg.export import turtle
from kg.query.period import within
from kg.store import OxigraphStore, open_store, write_store

SMALL = Path(__file__).parent / "data" / "small.trig"
ID = vocab.BASE_IRI
QUADS = sorted(ox.parse(path=SMALL, format=ox.RdfFormat.TRIG), key=str)

ANNOUNCED = """
document:d4 {
  document:d4 a kg:Document ; dcterms:identifier "april.txt" ; schema:headline "Norvane buys Pellucid Maps" ;
    schema:datePublished "2031-04-06"^^xsd:date ; kg:sha256 "c4" ; schema:mentions company:norvane , company:pellucid-maps .
  claim:c12 a kg:Claim ; rdf:subject company:norvane ; rdf:predicate kg:acquires ; rdf:object company:pellucid-maps ; kg:edge edge:e1 ;
    kg:about deal:norvane-pellucid ; kg:stage kg:Announced ; kg:polarity kg:Positive ; kg:certainty kg:Certain ; kg:status kg:Announced ;
    kg:date "2031-04-06"^^xsd:date ; kg:attributedTo company:norvane ; kg:confidence 0.9 ; prov:wasDerivedFrom evidence:c12 , evidence:c12b .
  evidence:c12 oa:hasSource document:d4 ; oa:hasSelector <urn:c12#position> , <urn:c12#quote> .
  <urn:c12#position> oa:start 90 . <urn:c12#quote> oa:exact "Norvane called it done." .
  evidence:c12b oa:hasSource document:d4 ; oa:hasSelector <urn:c12b#position> , <urn:c12b#quote> .
  <urn:c12b#position> oa:start 5 . <urn:c12b#quote> oa:exact "Norvane has agreed to buy Pellucid Maps, it said." .
}
"""
DEAL_DATES = """kg:target company:pellucid-maps ;
    kg:status kg:Rumoured ; kg:firstDate "2031-03-02"^^xsd:date ; kg:lastDate "2031-03-02"^^xsd:date ."""
EDGE_DATES = """rdf:object company:pellucid-maps ; kg:status kg:Rumoured ; kg:support 1 ;
    kg:firstDate "2031-03-02"^^xsd:date ; kg:lastDate "2031-03-02"^^xsd:date ."""


def now(words: str, status: str, support: int) -> str:
    return words.replace("Rumoured", status).replace("support 1", f"support {support}").replace('lastDate "2031-03-02', 'lastDate "2031-04-06')


def variant(folder: Path, *exchanges: tuple[str, str], more: str = "") -> Path:
    """A copy of the hand-made graph with words exchanged and more statements."""
    text = SMALL.read_text(encoding="utf-8")
    for old, new in exchanges:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "variant.trig"
    path.write_text(text + more, encoding="utf-8")
    return path


def compared(old: Path, new: Path) -> Difference:
    with open_store(old) as before, open_store(new) as after:
        return diff(before, after)


def mirrored(difference: Difference) -> Difference:
    """The same changes the other way round."""

    def turned(changes: Changes) -> Changes:
        return Changes(changes.removed, changes.added, tuple(Change(one.fields, one.new, one.old) for one in changes.changed))

    return Difference(**{name: turned(getattr(difference, name)) for name in Difference.__struct_fields__})


def in_memory(quads: list[ox.Quad]) -> OxigraphStore:
    inner = ox.Store()
    inner.extend(quads)
    return OxigraphStore(inner)


def section(difference: Difference, title: str) -> list[str]:
    return dict(sections(difference))[title]


def test_the_same_graph_in_another_form_is_no_difference(tmp_path: Path) -> None:
    with open_store(SMALL) as small:
        write_store(tmp_path / "store", reversed(list(small.quads())))
        (tmp_path / "graph.ttl").write_bytes(turtle(small.quads(), small.base_iri))
    for other in (SMALL, tmp_path, tmp_path / "graph.ttl"):
        difference = compared(SMALL, other)
        assert difference.empty
        assert (as_lines(difference), sections(difference)) == (["no difference"], [])


def test_a_rumour_that_is_announced(tmp_path: Path) -> None:
    new = variant(tmp_path, (DEAL_DATES, now(DEAL_DATES, "Announced", 1)), (EDGE_DATES, now(EDGE_DATES, "Announced", 2)), more=ANNOUNCED)
    assert as_lines(compared(SMALL, new)) == [
        "documents 1 new; deals 1 changed; claims 1 new; edges 1 changed",
        "",
        "Documents",
        "  new: april.txt, Norvane buys Pellucid Maps, 2031-04-06",
        "",
        "Deals whose status changed",
        "  Norvane – Pellucid Maps (acquisition): rumoured -> announced",
        "",
        "New claims",
        "  Norvane acquires Pellucid Maps — announced, says Norvane: “Norvane has agreed to buy Pellucid Maps, it said.” "
        "(Norvane buys Pellucid Maps, 2031-04-06)",
        "",
        "Edges whose status changed",
        "  Norvane acquires Pellucid Maps: status rumoured -> announced, support 1 -> 2, last date 2031-03-02 -> 2031-04-06",
    ]


def test_a_claim_carries_all_that_is_needed_to_tell_it(tmp_path: Path) -> None:
    [claim] = compared(SMALL, variant(tmp_path, more=ANNOUNCED)).claims.added
    assert (claim.iri, claim.deal) == (ID + "claim/c12", ID + "deal/norvane-pellucid")
    assert (claim.subject.iri, claim.subject.labels) == (ID + "company/norvane", {"en": "Norvane", "zh": "诺凡"})
    assert (claim.predicate.iri, claim.predicate.labels) == (vocab.KG + "acquires", {"en": "acquires", "zh": "收购"})
    assert (claim.status, claim.polarity, claim.certainty, claim.stage) == ("Announced", "Positive", "Certain", "Announced")
    assert claim.source == claim.subject
    assert (claim.date, claim.place, claim.superseded) == ("2031-04-06", 5, False)
    assert claim.quotes == ("Norvane has agreed to buy Pellucid Maps, it said.", "Norvane called it done.")
    assert claim.document
    assert (claim.document.iri, claim.document.identifier, claim.document.url) == (ID + "document/d4", "april.txt", "")


def test_a_denial_and_a_new_deal_since_a_day() -> None:
    with open_store(SMALL) as small:
        difference = diff(within(small, until="2031-03-05"), small)
    assert [change.fields for change in difference.edges.changed] == [("status", "support", "disputed", "last")]
    assert [line for title, lines in sections(difference) for line in (title, *lines) if title != "New claims"] == [
        "Documents",
        "new: osk.txt, Osk <img src=x onerror=alert(1)> denies *merger* | </script>, 2031-03-09",
        "Deals whose status changed",
        "Osk Freight – Tarn Robotics (merger): rumoured -> denied",
        "New deals",
        "Quillmoor Capital – Pellucid Maps (investment): announced",
        "Edges whose status changed",
        "Osk Freight merges with Tarn Robotics: status rumoured -> denied, support 1 -> 2, disputed no -> yes, last date 2031-03-05 -> 2031-03-09",
        "New entities",
        "Quillmoor Capital (company)",
    ]
    assert [line.partition(":")[0] for line in section(difference, "New claims")] == [
        "Osk Freight merges with Tarn Robotics — denied, says Osk Freight",
        "Quillmoor Capital invests in Pellucid Maps — announced, says Quillmoor Capital",
    ]


def test_a_document_that_is_gone_takes_along_what_hung_on_it_alone() -> None:
    with open_store(SMALL) as small:
        difference = diff(small, within(small, since="2031-03-05"))
    assert as_lines(difference)[0] == "documents 1 gone; deals 1 gone; claims 6 gone; edges 6 gone; entities 3 gone"
    assert section(difference, "Documents") == ["gone: norvane.txt, Norvane weighs a bid for Pellucid Maps, The Fenwick Ledger, 2031-03-02"]
    assert section(difference, "Deals that are gone") == ["Norvane – Pellucid Maps (acquisition): rumoured"]
    assert section(difference, "Claims that are gone")[0] == (
        "Norvane acquires Pellucid Maps — rumoured, says people close to the talks: "
        "“Norvane is considering buying Pellucid Maps, people close to the talks said.” (Norvane weighs a bid for Pellucid Maps, 2031-03-02)"
    )
    assert section(difference, "Entities that are gone") == ["Norvane (company)", "antitrust review (challenge)", "rising licence costs (challenge)"]


def test_another_text_of_a_document_and_what_is_read_in_it(tmp_path: Path) -> None:
    new = variant(
        tmp_path,
        ("05c25c4219948d94d4bfa0ea7fa463b3f64aec7509fae57fabda8ee300aa2f49", "00ff"),
        (
            "rdf:object asset:street-imagery ; kg:edge edge:e2 ;\n    kg:polarity kg:Positive ; kg:certainty kg:Certain ; kg:status kg:Stated",
            "rdf:object asset:street-imagery ; kg:edge edge:e2 ;\n    kg:polarity kg:Negative ; kg:certainty kg:Certain ; kg:status kg:Negated",
        ),
        ('oa:exact "Norvane urgently needs street imagery."', 'oa:exact "Norvane needs no street imagery."'),
    )
    difference = compared(SMALL, new)
    assert sections(difference) == [
        ("Documents", ["another text: norvane.txt, Norvane weighs a bid for Pellucid Maps, The Fenwick Ledger, 2031-03-02"]),
        (
            "Claims that are read otherwise",
            [
                "Norvane needs street imagery: status stated -> negated, polarity positive -> negative "
                "(Norvane weighs a bid for Pellucid Maps, 2031-03-02)"
            ],
        ),
    ]
    [change] = difference.claims.changed
    assert (change.old.quotes, change.new.quotes) == (("Norvane urgently needs street imagery.",), ("Norvane needs no street imagery.",))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kg:stage kg:Talks ;", "kg:stage kg:Announced ;", "stage in talks -> announced"),
        ("kg:attributedTo source:财经夜报 ;", "kg:attributedTo company:norvane ;", "said by 财经夜报 -> Norvane"),
        ("kg:attributedTo source:财经夜报 ;", "", "said by 财经夜报 -> the article"),
        ("kg:stage kg:Talks ;", "kg:stage kg:Talks ; kg:supersededBy claim:c9 ;", "taken back further down no -> yes"),
        (
            "rdf:object company:tarn-robotics ; kg:edge edge:e8 ;\n    kg:about deal:osk-tarn ; kg:stage kg:Talks",
            "rdf:object company:norvane ; kg:edge edge:e8 ;\n    kg:about deal:osk-tarn ; kg:stage kg:Talks",
            "object Tarn Robotics -> Norvane",
        ),
    ],
)
def test_a_claim_that_is_read_otherwise(tmp_path: Path, old: str, new: str, told: str) -> None:
    [(title, [line])] = sections(compared(SMALL, variant(tmp_path, (old, new))))
    assert title == "Claims that are read otherwise"
    assert f": {told} (塔恩机器人收购微光传感, 2031-03-05" in line


def test_another_confidence_or_date_of_a_deal_alone_is_no_difference(tmp_path: Path) -> None:
    new = variant(
        tmp_path,
        ('kg:confidence 0.9 ; kg:rule "investsIn.hand"', 'kg:confidence 0.5 ; kg:rule "investsIn.model"'),
        ('kg:Announced ; kg:firstDate "2031-03-09"^^xsd:date ; kg:lastDate "2031-03-09"', 'kg:Announced ; kg:lastDate "2031-03-10"'),
    )
    assert compared(SMALL, new).empty


def test_entities_and_deals_that_are_called_or_typed_otherwise(tmp_path: Path) -> None:
    new = variant(
        tmp_path,
        ("challenge:antitrust-review a kg:RegulatoryChallenge", "challenge:antitrust-review a kg:LegalChallenge , kg:Source"),
        ("company:quillmoor-capital a kg:Company", "company:quillmoor-capital a kg:Organization"),
        ('"Osk Freight"@en , "奥斯克货运"@zh', '"Osk Lines"@en , "奥斯克货运"@zh'),
        ("deal:osk-tarn a kg:Deal , kg:Merger", "deal:osk-tarn a kg:Deal , kg:Partnership"),
    )
    difference = compared(SMALL, new)
    assert sections(difference) == [
        (
            "Called or typed otherwise",
            [
                "Osk Freight – Tarn Robotics (merger): kind merger -> partnership",
                "Osk Lines: called Osk Freight / 奥斯克货运 -> Osk Lines / 奥斯克货运",
                "Quillmoor Capital: type company -> organization",
                "antitrust review: finer types regulatory challenge -> legal challenge",
            ],
        )
    ]
    assert not difference.edges.changed, "what its ends are called does not change an edge"


def test_an_edge_that_is_told_once_more(tmp_path: Path) -> None:
    difference = compared(SMALL, variant(tmp_path, (EDGE_DATES, now(EDGE_DATES, "Rumoured", 2))))
    assert sections(difference) == [
        (
            "Edges with another support, dispute or date",
            ["Norvane acquires Pellucid Maps: support 1 -> 2, last date 2031-03-02 -> 2031-04-06"],
        )
    ]


def test_a_relation_of_a_user_has_its_own_name(tmp_path: Path) -> None:
    needs, own = "claim:c2 a kg:Claim ; rdf:subject company:norvane ; rdf:predicate kg:needs", "<https://example.org/risk#dependsOn>"
    source = "source:财经夜报 rdfs:label"
    new = variant(tmp_path, (needs, needs.replace("kg:needs", own)), (source, f'{own} rdfs:label "depends on"@en , "依赖"@zh . {source}'))
    difference = compared(SMALL, new)
    assert difference.claims.changed[0].new.predicate.labels == {"en": "depends on", "zh": "依赖"}
    assert section(difference, "Claims that are read otherwise") == [
        "Norvane depends on street imagery: predicate needs -> depends on (Norvane weighs a bid for Pellucid Maps, 2031-03-02)"
    ]


def test_hostile_words_stay_on_one_line(tmp_path: Path) -> None:
    evil = r"\u001b[31m<img src=x onerror=alert(1)>\n\u202e\u0085- gone: all\r\u0000"
    article = ANNOUNCED.replace("Norvane buys Pellucid Maps", evil).replace("Norvane has agreed", evil).replace("april.txt", evil)
    new = variant(tmp_path, ('rdfs:label "Norvane"@en', f'rdfs:label "{evil}"@en'), more=article)
    difference = compared(SMALL, new)
    for lines in (as_lines(difference), as_lines(mirrored(difference))):
        assert all(line.isprintable() for line in lines)
    assert as_lines(difference)[2:4] == [
        "Documents",
        "  new: [31m<img src=x onerror=alert(1)> - gone: all, [31m<img src=x onerror=alert(1)> - gone: all, 2031-04-06",
    ]
    assert "[31m<img src=x onerror=alert(1)> - gone: all acquires Pellucid Maps — announced, says [31m<img" in "".join(as_lines(difference))


def test_long_sections_and_quotes_are_cut_and_json_is_not(tmp_path: Path) -> None:
    many = "".join(f'<urn:firm{number:02}> a kg:Company ; rdfs:label "Firm {number:02}"@en .\n' for number in range(53))
    long = ANNOUNCED.replace("it said.", "it said" + "!" * 400)
    difference = compared(SMALL, variant(tmp_path, more=long + f"graph:entities {{ {many} }}"))
    assert as_lines(difference)[-3:] == ["  Firm 48 (company)", "  Firm 49 (company)", "  … and 3 more; --json tells them all"]
    assert len(section(difference, "New entities")) == 53
    assert "!!!…”" in section(difference, "New claims")[0]
    told = json.loads(as_json(difference))
    assert [one["iri"] for one in told["entities"]["added"]] == [f"urn:firm{number:02}" for number in range(53)]
    assert told["claims"]["added"][0]["quotes"][0].endswith("!" * 400)


def test_nodes_without_iri_and_fields_that_are_none_do_no_harm(tmp_path: Path) -> None:
    odd = """graph:entities { [] a kg:Company ; rdfs:label "Nobody"@en . [] a kg:Claim ; rdf:subject company:norvane .
        <urn:claim> a kg:Claim . <urn:edge> a kg:Edge ; rdf:subject [] ; kg:support "many" . <urn:deal> a kg:Deal . <urn:text> a kg:Document . }"""
    path = variant(tmp_path, more=odd)
    assert compared(path, path).empty, "blank nodes have other names each time that they are read"
    assert as_lines(compared(SMALL, path)) == [
        "documents 1 new; deals 1 new; claims 1 new; edges 1 new", "", "Documents", "  new: urn:text", "", "New deals", "  urn:deal: only mentioned",
        "", "New claims", "  urn:claim — without status, says the article",
    ]  # fmt: skip


def test_json_holds_all_of_a_difference() -> None:
    with open_store(SMALL) as small:
        difference = diff(within(small, until="2031-03-02"), within(small, since="2031-03-09"))
    assert msgspec.json.decode(as_json(difference), type=Difference) == difference


graphs = st.builds(
    lambda dropped, texts: [quad for place, quad in enumerate(QUADS) if place not in dropped and quad.graph_name.value[-2:] not in texts],
    st.sets(st.integers(0, len(QUADS) - 1), max_size=80),
    st.sets(st.sampled_from(["d1", "d2", "d3", "es"]), max_size=2),
)


@settings(max_examples=50, deadline=None)
@given(graphs, graphs)
def test_the_other_way_round_is_the_mirror_image(old: list[ox.Quad], new: list[ox.Quad]) -> None:
    difference = diff(in_memory(old), in_memory(new))
    assert diff(in_memory(new[::-1]), in_memory(old)) == mirrored(difference)
    assert diff(in_memory(new), in_memory(new[::-1])).empty
    had, has = ({quad.subject.value for quad in quads if str(quad.object) == f"<{vocab.KG}Claim>"} for quads in (old, new))
    assert [claim.iri for claim in difference.claims.added] == sorted(has - had)
    assert [claim.iri for claim in difference.claims.removed] == sorted(had - has)
    assert difference.empty == (as_lines(difference) == ["no difference"])


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["diff", *map(str, arguments)], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.stdout


def test_the_command_tells_in_its_status_whether_graphs_differ(tmp_path: Path) -> None:
    new = variant(tmp_path, more=ANNOUNCED)
    assert run(SMALL, SMALL) == (0, "no difference\n")
    status, told = run(SMALL, new)
    assert (status, told.splitlines()[0]) == (1, "documents 1 new; claims 1 new")
    status, told = run(SMALL, new, "--json")
    assert (status, [claim["iri"] for claim in json.loads(told)["claims"]["added"]]) == (1, [ID + "claim/c12"])
    assert run(SMALL, new, "--to", "2031-03") == (0, "no difference\n")
    assert run(SMALL, new, "--from", "2031-04")[1].splitlines()[0] == "documents 1 new; deals 1 new; claims 1 new; edges 1 new; entities 2 new"
    with pytest.raises(KGError, match="'soon' is no date"):
        run(SMALL, new, "--from", "soon")


def test_the_command_ends_as_others_do(tmp_path: Path) -> None:
    write_store(tmp_path / "kg-out" / "store", QUADS)
    done = kg("diff", SMALL, "kg-out", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"no difference\n", b"")
    (tmp_path / "small.trig").write_text("no graph", encoding="utf-8")
    for arguments, said in ((("kg-out", "none"), b"none"), (("small.trig", "kg-out"), b"small.trig cannot be read as trig")):
        done = kg("diff", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, b"")
        assert said in done.stderr
