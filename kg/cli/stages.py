"""The stages alone, joined by pipes: JSON Lines in, JSON Lines (or N-Quads) out."""

from __future__ import annotations

import sys
from itertools import chain
from typing import IO, Any

from kg.cli.common import (
    claims_option,
    cli,
    confidence_option,
    corpus_option,
    decisions_option,
    gazetteer_option,
    id_field_option,
    no_gazetteer_option,
    options,
    patterns_option,
    read_records,
    records_argument,
    settings,
    sources_argument,
    tell,
    text_field_option,
    write_records,
)


@cli.command()
@options(sources_argument, corpus_option, text_field_option, id_field_option)
def read(sources: tuple[str, ...], **flags: Any) -> int:
    """Read files, folders or "-" (stdin); write documents as JSON Lines."""
    from kg.read import read

    wanted = settings(**flags)
    return write_records(read(sources, corpus=wanted.corpus, text_field=wanted.text_field, id_field=wanted.id_field))


@cli.command()
@options(records_argument, gazetteer_option, no_gazetteer_option, patterns_option, claims_option)
def extract(files: tuple[IO[bytes], ...], **flags: Any) -> int:
    """Find mentions and claims in documents (JSON Lines)."""
    from kg import build
    from kg.model import Document

    records = list(read_records(files))
    extractor = build.open_extractor(settings(**flags))
    found = build.extract([record for record in records if isinstance(record, Document)], extractor)
    return write_records(chain(records, (record for one in found for record in (one.extraction, *one.problems) if record)))


@cli.command()
@options(records_argument, gazetteer_option, no_gazetteer_option, decisions_option, confidence_option)
def resolve(files: tuple[IO[bytes], ...], **flags: Any) -> int:
    """Decide which entity each mention is (JSON Lines)."""
    from kg import build
    from kg.embed import open_embedder
    from kg.model import Extraction
    from kg.resolve import read_decisions, resolve

    chosen = settings(**flags)
    rulings = read_decisions(chosen.decisions)
    records = [build.without(one, rulings, chosen.min_confidence) if isinstance(one, Extraction) else one for one in read_records(files)]
    entities, resolutions = resolve(build.pairs(records), build.open_gazetteer(chosen), open_embedder(), rulings)
    return write_records(chain(records, entities, resolutions))


@cli.command()
@options(records_argument)
def rdf(files: tuple[IO[bytes], ...]) -> int:
    """Write resolved documents (JSON Lines) as N-Quads."""
    import pyoxigraph

    from kg import build
    from kg.model import Entity, Problem, Resolution

    records = list(read_records(files))
    entities = [record for record in records if isinstance(record, Entity)]
    resolutions = [record for record in records if isinstance(record, Resolution)]
    graph = build.map_to_graph(build.pairs(records), entities, resolutions, settings().base_iri)
    pyoxigraph.serialize(graph.quads(), sys.stdout.buffer, format=pyoxigraph.RdfFormat.N_QUADS)
    problems = [*(record for record in records if isinstance(record, Problem)), *graph.problems]
    tell([*(f"{one.source}: {one.reason}" for one in problems), *graph.refused.values()])
    return 1 if problems or graph.refused else 0
