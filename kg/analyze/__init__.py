"""What can be computed on the graph of entities and deals of a store: pure functions, graph in, small result out."""

from kg.analyze.graph import Saying, around, label, labels, pick, project, relation
from kg.analyze.ranking import WEIGHTS, flatten, rank, weigh
from kg.analyze.strategy import Analysis, DealFacts, Link, Match, Ranked, analyse, as_json, as_lines, deal_facts, needs_met

__all__ = [
    "WEIGHTS", "Analysis", "DealFacts", "Link", "Match", "Ranked", "Saying", "analyse", "around", "as_json", "as_lines", "deal_facts", "flatten",
    "label", "labels", "needs_met", "pick", "project", "rank", "relation", "weigh",
]  # fmt: skip
