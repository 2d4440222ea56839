"""What drives a strategy: what firms need, face and pursue, against what others have and what deals would bring; targets, and what is in the way.

Nothing here is learnt: each score is a sum over edges of the graph, and names the edges that it rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from kg.analyze.closeness import Nearness, reason
from kg.analyze.graph import label
from kg.analyze.ranking import WEIGHTS, weigh

if TYPE_CHECKING:
    import networkx as nx

    from kg.analyze.closeness import Vectors
    from kg.gazetteer import Gazetteer

WANTS = ("needs", "faces", "pursues", "offers")
"""What a firm may want something for: what it needs, what it runs into, what it is after, and a product that an asset of others serves."""

MEANS = {"needs": ("hasAsset", "offers", "enables"), "faces": ("mitigates",), "pursues": ("pursues",)}
"""By which relations of another one, or of a deal, something that is wanted is met; a product is by an asset that supports it."""

BOUGHT = ("Company", "Product", "Asset")
"""Types of what may be bought."""

EFFECTS = ("enables", "mitigates", "supports", "pursues")
"""What a deal may do."""


MOST = 20
"""Of what meets a want, and of targets, the best; of substitutes and rivals half as many."""

FIRMS = 1_000
"""Firms above which only those are told of which most is said."""

COMPARED = 5
"""Targets of a firm, the best, of which substitutes and rivals are told."""


class Fit(msgspec.Struct, frozen=True):
    """That something of somebody meets what a firm wants. Nodes and edges are IRIs."""

    helper: str
    """The firm, product or asset whose edge it is, or the deal that would do it."""
    holder: str
    """The firm behind it: the helper itself, who makes the product or has the asset; "" for a deal, or where nobody says."""
    means: str
    """The relation: hasAsset, offers, enables, mitigates, supports or pursues."""
    thing: str
    """What the helper has or would do."""
    status: str
    nearness: str
    """same, kind, general, sibling or alike: how near the thing is to the wanted one."""
    why: dict[str, str]
    """In words, by language, why the thing is held near; {} where it is the same."""
    score: float
    """Weight of the want, times weight of the means, times how near they are."""
    edges: tuple[str, ...]
    """What it rests on, the want first."""


class Want(msgspec.Struct, frozen=True):
    """What a firm needs, faces or pursues, or one of its products; with what meets it, the best first."""

    company: str
    relation: str
    thing: str
    status: str
    """Of the edge; "" for a product that only a list says is the firm's."""
    weight: float
    edges: tuple[str, ...]
    fits: tuple[Fit, ...]
    """The best ``MOST``."""
    why_none: dict[str, str]
    """By language, why nothing meets it; {} where something does."""


class Reason(msgspec.Struct, frozen=True):
    """One line of the sum that a score is."""

    kind: str
    """meets, effect or hurdle."""
    value: float
    """What it adds; a hurdle takes away."""
    relation: str
    thing: str
    edges: tuple[str, ...]


class Other(msgspec.Struct, frozen=True):
    """Another firm beside a target: what it could give instead, or what it wants of it."""

    company: str
    score: float
    things: tuple[str, ...]
    edges: tuple[str, ...]


class Target(msgspec.Struct, frozen=True):
    """A firm, or a product or asset that is to be sold, seen from a firm that might buy it or work with it."""

    target: str
    score: float
    """Sum over the reasons."""
    deals: tuple[str, ...]
    """Deals that would bring both together and are not called off."""
    reasons: tuple[Reason, ...]
    substitutes: tuple[Other, ...]
    """Who else would meet some of the same wants, or competes with it."""
    rivals: tuple[Other, ...]
    """Who else wants what it has, or is said to buy it."""


class Strategy(msgspec.Struct, frozen=True):
    """All that a firm wants, and its targets, the best first."""

    company: str
    wants: tuple[Want, ...]
    targets: tuple[Target, ...]


class Known(msgspec.Struct, frozen=True):
    """What lists say beside the texts, by IRI."""

    above: Mapping[str, tuple[str, ...]] = {}
    """Broader concepts of concepts."""
    makers: Mapping[str, str] = {}
    """Who makes a product."""


class Background(NamedTuple):
    """What an analysis may take into account beside the graph."""

    known: Known = Known()
    """What lists say of concepts and products."""
    vectors: Vectors | None = None
    """Of phrases; by them things are found that are alike in meaning."""
    weights: Mapping[str, float] = WEIGHTS
    """The table of ``WEIGHTS``, or a user's."""


def known_from(gazetteer: Gazetteer) -> Known:
    """What a gazetteer says of concepts and products."""
    entries = gazetteer.entries
    return Known({one.iri: one.broader for one in entries if one.broader}, {one.iri: one.maker for one in entries if one.maker})


def is_cut(graph: nx.MultiDiGraph) -> bool:
    """Whether ``strategies`` tells of a part of the firms only."""
    return len([node for node, data in graph.nodes(data=True) if data["type"] == "Company"]) > FIRMS


def strategies(graph: nx.MultiDiGraph, background: Background = Background(), *, company: str | None = None) -> list[Strategy]:
    """Of every firm that wants something or may do a deal: what it wants with what meets it, and its targets; where most is known first.

    Of more than ``FIRMS`` firms those of which most is said; with a company, of that one only.

    >>> from kg.analyze import label, project
    >>> graph = project(open_store("kg-out"))
    >>> [(label(graph, fit.helper), fit.means, fit.score) for one in strategies(graph) for want in one.wants for fit in want.fits][0]
    ('Pellucid Maps', 'hasAsset', 0.81)
    """
    return Market(graph, background).strategies(company)


class Market:
    """A projected graph, prepared for questions of who wants and who has what."""

    def __init__(self, graph: nx.MultiDiGraph, background: Background) -> None:
        """Of a graph and what is known beside it."""
        self.graph, (self._known, self._vectors, self._weights) = graph, background
        self._found: dict[str, tuple[Want, ...]] = {}
        self._wanted: dict[str, tuple[Other, ...]] = {}
        self._out: dict[tuple[str, str], list[_Edge]] = defaultdict(list)
        self._in: dict[tuple[str, str], list[_Edge]] = defaultdict(list)
        for s, o, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda one: one[:3]):
            weight = weigh(edge, self._weights)
            if weight:
                found = _Edge(s, edge["predicate"], o, key if "sayings" in edge else "", edge["status"], weight)
                self._out[s, found.predicate].append(found)
                self._in[o, found.predicate].append(found)
        for edges in self._in.values():
            edges.sort(key=lambda edge: (-edge.weight, edge.subject, edge.key))

    def strategies(self, only: str | None = None) -> list[Strategy]:
        """Of every firm that wants something or may do a deal, or of one, those for whom most is known first."""
        told = self._companies
        if len(told) > FIRMS:
            said = {one: sum(edge.weight for want in WANTS for edge in self._out[one, want]) for one in told}
            told = sorted(told, key=lambda one: -said[one])[:FIRMS]
        chosen = told if only is None else [only]
        found = [Strategy(company, self.wants(company), self.targets(company)) for company in chosen]
        value = {
            one.company: sum(want.fits[0].score for want in one.wants if want.fits) + max((to.score for to in one.targets), default=0.0)
            for one in found
        }
        return sorted((one for one in found if one.wants or one.targets), key=lambda one: (-value[one.company], not one.wants))

    def wants(self, company: str) -> tuple[Want, ...]:
        """What a firm needs, faces and pursues, and its products that assets of others serve; in this order, the weightiest first."""
        if company not in self._found:
            found = [self._want(company, edge) for relation in WANTS[:3] for edge in self._out[company, relation]]
            found += [want for product, edge in self._products(company) if (want := self._served(company, product, edge))]
            order = sorted(found, key=lambda want: (WANTS.index(want.relation), -want.weight, label(self.graph, want.thing), want.thing))
            self._found[company] = tuple(order)
        return self._found[company]

    def targets(self, company: str) -> tuple[Target, ...]:
        """Firms that would meet what a firm wants, or that it is said to buy, ranked by what they meet less what is in the way."""
        own = {edge.object for edge in self._out[company, "hasSubsidiary"]}
        own |= {edge.object for edge in self._out[company, "acquires"] if edge.status == "Completed"}
        met: dict[str, list[tuple[Want, Fit]]] = defaultdict(list)
        deals = self._deals_with(company)
        for want in self.wants(company):
            for fit in want.fits:
                by_deal = {one for one, shared in deals.items() if fit.helper in (one, *shared)}
                for other in sorted({fit.holder, *by_deal} - {"", company}):
                    met[other].append((want, fit))
        buyers = {party for deal, role in self._deals_of(company).items() if role in ("target", "investee") for party in self._parties(deal)}
        candidates = sorted((met.keys() | deals.keys()) - own - buyers - {company}, key=lambda one: (-sum(fit.score for _, fit in met[one]), one))
        found = [self._target(company, other, met[other], deals.get(other, ())) for other in {*candidates[:MOST], *deals} & {*candidates}]
        ranked = sorted(found, key=lambda one: (-one.score, label(self.graph, one.target), one.target))
        return (*(self._compared(company, one, met[one.target]) for one in ranked[:COMPARED]), *ranked[COMPARED:])

    @cached_property
    def _companies(self) -> list[str]:
        nodes = (node for node, data in self.graph.nodes(data=True) if data["type"] == "Company")
        return sorted(nodes, key=lambda node: (label(self.graph, node), node))

    @cached_property
    def _had(self) -> dict[str, set[str]]:
        """By relation of a want: all things that means of it are about."""
        return {
            relation: {thing for (thing, predicate), edges in self._in.items() if predicate in means and edges} for relation, means in MEANS.items()
        }

    @cached_property
    def _near(self) -> dict[str, Nearness]:
        return {relation: Nearness(self.graph, things, above=self._known.above, vectors=self._vectors) for relation, things in self._had.items()}

    def _want(self, company: str, edge: _Edge) -> Want:
        own = [one for one in self._out[company, "hasAsset"] if edge.predicate == "needs" and one.object == edge.object and one.weight >= edge.weight]
        if own:
            none = {"en": "this company is itself said to have it", "zh": "文本称该公司自己拥有"}
            return Want(company, edge.predicate, edge.object, edge.status, edge.weight, (edge.key, own[0].key), (), none)
        fits: dict[tuple[str, str, str], Fit] = {}
        for thing, near in self._near[edge.predicate].to(edge.object).items():
            why = {tag: reason(self.graph, edge.object, thing, near, tag) for tag in ("en", "zh")} if near.kind != "same" else {}
            share = edge.weight * self._weights.get(near.kind, 1.0)
            for aid, holder in islice(self._aids(company, edge.predicate, thing), MOST) if share else ():
                score = round(share * aid.weight, 4)
                fit = Fit(aid.subject, holder, aid.predicate, thing, aid.status, near.kind, why, score, (edge.key, aid.key))
                fits.setdefault((aid.subject, holder, thing), fit)
        ranked = tuple(sorted(fits.values(), key=lambda fit: (-fit.score, label(self.graph, fit.helper), fit.helper, fit.holder, fit.thing))[:MOST])
        return Want(company, edge.predicate, edge.object, edge.status, edge.weight, (edge.key,), ranked, {} if ranked else self._why_none(edge))

    def _aids(self, company: str, relation: str, thing: str) -> Iterator[tuple[_Edge, str]]:
        """Means about a thing, each with who is behind it; of one relation the weightiest first."""
        for aid in merge(*(self._in[thing, means] for means in MEANS[relation]), key=lambda aid: -aid.weight):
            for holder in self._holders(company, relation, aid):
                yield aid, holder

    def _holders(self, company: str, relation: str, aid: _Edge) -> Iterator[str]:
        """Firms that would be the ones to turn to, "" for a deal; none where the means is of no use to this firm."""
        kind = self.graph.nodes[aid.subject]["type"]
        if kind == "Deal":
            if company in self._parties(aid.subject):
                yield ""
        elif relation == "pursues":
            return  # that others pursue the same meets nothing
        elif kind in ("Product", "Asset"):
            behind = [one.subject for one in self._in[aid.subject, "offers" if kind == "Product" else "hasAsset"]]
            behind += [maker for maker in [self._maker(aid.subject)] if maker]
            if company in behind:
                if relation == "faces":
                    yield company
            else:
                yield from sorted(set(behind)) or [""]
        elif aid.subject != company:
            yield aid.subject

    def _served(self, company: str, product: str, offer: _Edge | None) -> Want | None:
        """A product of a firm with the assets of others that support it; None where there are none."""
        weight = offer.weight if offer else 1.0
        base = (offer.key,) if offer else ()
        fits = []
        for aid in self._in[product, "supports"][:MOST]:
            holders = [edge for edge in self._in[aid.subject, "hasAsset"][:MOST] if self.graph.nodes[edge.subject]["type"] == "Company"]
            for edge in holders:
                if edge.subject != company:
                    score = round(weight * aid.weight * edge.weight, 4)
                    fits.append(Fit(
                        aid.subject, edge.subject, "supports", aid.subject, aid.status, "same", {}, score, (*base, aid.key, edge.key)
                    ))  # fmt: skip
        if not fits:
            return None
        ranked = sorted(fits, key=lambda fit: (-fit.score, label(self.graph, fit.thing), fit.thing, fit.holder))
        return Want(company, "offers", product, offer.status if offer else "", weight, base, tuple(ranked[:MOST]), {})

    def _products(self, company: str) -> Iterator[tuple[str, _Edge | None]]:
        """A firm's products, with the edge that says so, or None where only a list does."""
        offered = {edge.object: edge for edge in self._out[company, "offers"]}
        yield from offered.items()
        yield from ((product, None) for product in self._listed.get(company, ()) if product not in offered)

    @cached_property
    def _listed(self) -> dict[str, list[str]]:
        """Products by who makes them, says a list."""
        by_entry = {entry: node for node in self._companies for entry in self.graph.nodes[node].get("exact", ())}
        found: dict[str, list[str]] = defaultdict(list)
        for node, data in sorted(self.graph.nodes(data=True)):
            if data["type"] == "Product":
                for entry in data.get("exact", ()):
                    maker = by_entry.get(self._known.makers.get(entry, ""))
                    if maker and node not in found[maker]:
                        found[maker].append(node)
        return found

    def _maker(self, product: str) -> str:
        return self._makers.get(product, "")

    @cached_property
    def _makers(self) -> dict[str, str]:
        return {product: company for company, products in self._listed.items() for product in products}

    def _parties(self, deal: str) -> set[str]:
        return {party for _, party, edge in self.graph.out_edges(deal, data=True) if "sayings" not in edge}

    def _deals_of(self, company: str) -> dict[str, str]:
        """Deals that a firm takes part in and that are not called off or denied, with its role."""
        found = {}
        for deal, _, edge in self.graph.in_edges(company, data=True):
            if "sayings" not in edge and self._weights.get(edge["status"], 0.0):
                found[deal] = edge["predicate"]
        return dict(sorted(found.items()))

    def _deals_with(self, company: str) -> dict[str, tuple[str, ...]]:
        """Other firms by the deals that a firm might do with them; not those where it would itself be bought."""
        found: dict[str, set[str]] = defaultdict(set)
        for deal, role in self._deals_of(company).items():
            if role not in ("target", "investee"):
                roles = ((party, edge["predicate"]) for _, party, edge in self.graph.out_edges(deal, data=True) if "sayings" not in edge)
                for party, other in roles:
                    if other not in ("acquirer", "investor") and self.graph.nodes[party]["type"] in BOUGHT and party != company:
                        found[party].add(deal)
        return {party: tuple(sorted(deals)) for party, deals in sorted(found.items())}

    def _target(self, company: str, other: str, met: list[tuple[Want, Fit]], deals: tuple[str, ...]) -> Target:
        """A candidate with the sum that its score is: the best that it does for each want, what a deal would do beyond, what is in the way."""
        best: dict[tuple[str, str], tuple[Want, Fit]] = {}
        for want, fit in sorted(met, key=lambda one: -one[1].score):
            best.setdefault((want.relation, want.thing), (want, fit))
        reasons = [Reason("meets", fit.score, want.relation, want.thing, fit.edges) for want, fit in best.values()]
        used = {edge for one in reasons for edge in one.edges}
        for deal in deals:
            for edge in (edge for effect in EFFECTS for edge in self._out[deal, effect] if edge.key not in used):
                value = round(self._weights["effect"] * edge.weight, 4)
                reasons.append(Reason("effect", value, edge.predicate, edge.object, (edge.key,)))
            for edge in self._out[deal, "faces"]:
                reasons.append(Reason("hurdle", -round(self._weights["hurdle"] * edge.weight, 4), "faces", edge.object, (edge.key,)))
        reasons.sort(key=lambda one: (("meets", "effect", "hurdle").index(one.kind), -abs(one.value), label(self.graph, one.thing), one.thing))
        score = round(sum(one.value for one in reasons), 4)
        return Target(other, score, deals, tuple(reasons), (), ())

    def _compared(self, company: str, target: Target, met: list[tuple[Want, Fit]]) -> Target:
        wants = list({(want.relation, want.thing): want for want, _ in met}.values())
        substitutes, rivals = self._substitutes(company, target.target, wants), self._rivals(company, target.target)
        return msgspec.structs.replace(target, substitutes=substitutes, rivals=rivals)

    def _substitutes(self, company: str, target: str, wants: list[Want]) -> tuple[Other, ...]:
        """Other firms that would meet some of what a target meets, or that compete with it."""
        found: dict[str, list[Fit]] = defaultdict(list)
        for want in wants:
            for holder in sorted({fit.holder for fit in want.fits} - {"", company, target}):
                found[holder].append(next(fit for fit in want.fits if fit.holder == holder))
        others = {
            other: Other(
                other, round(sum(fit.score for fit in fits), 4), tuple(fit.thing for fit in fits), tuple(key for fit in fits for key in fit.edges)
            )
            for other, fits in found.items()
        }
        for edge in (*self._out[target, "competesWith"], *self._in[target, "competesWith"]):
            other = edge.object if edge.subject == target else edge.subject
            if other != company and self.graph.nodes[other]["type"] == self.graph.nodes[target]["type"]:
                before = others.get(other, Other(other, 0.0, (), ()))
                score = round(before.score + self._weights["rival"] * edge.weight, 4)
                others[other] = msgspec.structs.replace(before, score=score, edges=(*before.edges, edge.key))
        return self._by_score(others.values())[: MOST // 2]

    def _rivals(self, company: str, target: str) -> tuple[Other, ...]:
        """Other firms that need what a target has, or that are said to buy it or into it."""
        if target not in self._wanted:
            self._wanted[target] = self._wanting(target)
        return tuple(one for one in self._wanted[target] if one.company != company)[: MOST // 2]

    def _wanting(self, target: str) -> tuple[Other, ...]:
        had = {edge.object: edge for means in ("hasAsset", "offers") for edge in self._out[target, means]}
        found: dict[str, list[_Edge]] = defaultdict(list)
        for thing, has in had.items():
            for edge in self._in[thing, "needs"][:MOST]:
                found[edge.subject] += [edge, has]
        for predicate in ("acquires", "investsIn", "mergesWith"):
            for edge in (*self._in[target, predicate], *(self._out[target, predicate] if predicate == "mergesWith" else ())):
                found[edge.object if edge.subject == target else edge.subject].append(edge)
        return self._by_score(
            Other(
                other, round(sum(edge.weight for edge in edges if edge.subject != target or edge.object == other), 4),
                tuple(dict.fromkeys(edge.object for edge in edges if edge.predicate == "needs")), tuple(edge.key for edge in edges),
            )
            for other, edges in found.items() if other != target
        )  # fmt: skip

    def _by_score(self, others: Iterable[Other]) -> tuple[Other, ...]:
        return tuple(sorted(others, key=lambda one: (-one.score, label(self.graph, one.company), one.company)))

    def _why_none(self, edge: _Edge) -> dict[str, str]:
        """Why nothing meets a want, as exactly as can be said."""
        name = {tag: label(self.graph, edge.object, tag) for tag in ("en", "zh")}
        if edge.predicate == "pursues":
            return {"en": "no deal of this company is said to serve it", "zh": "未见该公司的交易服务于此战略"}
        anybody = self._had[edge.predicate]
        if edge.predicate == "faces":
            if anybody:
                return {"en": f"nothing read eases {name['en']}, or a thing like it", "zh": f"所读文本中没有缓解{name['zh']}或类似问题的内容"}
            return {"en": "no text says that anything eases a challenge", "zh": "没有文本提到任何挑战的缓解办法"}
        if anybody:
            return {"en": f"nobody else is said to have {name['en']}, or a thing like it", "zh": f"没有文本提到其他公司拥有{name['zh']}或类似之物"}
        return {"en": "no text says what other companies have", "zh": "没有文本提到其他公司拥有什么"}


class _Edge(msgspec.Struct, frozen=True):
    """An edge that counts."""

    subject: str
    predicate: str
    object: str
    key: str
    """IRI, "" for a role in a deal."""
    status: str
    weight: float
