"""What can be computed on the graph of entities and deals of a store: pure functions, graph in, small result out."""

from kg.analyze.graph import (
    Saying,
    around,
    claims_of,
    deals_of,
    edges_behind,
    edges_of,
    label,
    labels,
    mentions,
    names,
    pick,
    project,
    relation,
    strengths,
    voices,
)
from kg.analyze.ranking import FACTORS, LARGE, STATUSES, WEIGHTS, Engine, brokers, communities, flatten, louvain, rank, weigh, weights_with
from kg.analyze.story import contradictions, drivers, paths, recurring, timeline
from kg.analyze.strategy import Background, Fit, Known, Strategy, Target, Want, known_from, strategies
from kg.analyze.told import Analysis, DealFacts, Link, Ranked, Teller, analyse, as_json, as_lines, deal_facts

__all__ = [
    "FACTORS", "LARGE", "STATUSES", "WEIGHTS", "Analysis", "Background", "DealFacts", "Engine", "Fit", "Known", "Link", "Ranked", "Saying",
    "Strategy", "Target", "Teller", "Want", "analyse", "around", "as_json", "as_lines", "brokers", "claims_of", "communities", "contradictions",
    "deal_facts", "deals_of", "drivers", "edges_behind", "edges_of", "flatten", "known_from", "label", "labels", "louvain", "mentions", "names",
    "paths", "pick", "project", "rank", "recurring", "relation", "strategies", "strengths", "timeline", "voices", "weigh", "weights_with",
]  # fmt: skip
