"""Products across documents: one name is one product only if nothing says that two firms make it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kg.resolve.article import Key, Look
from kg.resolve.clusters import Clusters, Merge


def merge_products(looks: Iterable[Look], clusters: Clusters) -> None:
    """Merge products of one name that one firm makes, and those whose maker nobody says where all others have one."""
    makers: dict[Key, set[Key]] = defaultdict(set)
    named: dict[str, dict[Key, None]] = defaultdict(dict)
    for one in looks:
        for found in one.found.values():
            if found.key.type == "Product" and not found.key.entry:
                named[found.key.name][found.key] = None
        for claim in one.extraction.claims:
            firm, product = (one.roots.get(end) for end in (claim.subject, claim.object))
            if claim.relation == "offers" and firm and product and firm.id in one.found and product.id in one.found:
                makers[one.found[product.id].key].add(clusters.root(one.found[firm.id].key))
    for _, keys in sorted(named.items()):
        if len(keys) > 1:
            _merge(sorted(keys), makers, clusters)


def _merge(keys: list[Key], makers: dict[Key, set[Key]], clusters: Clusters) -> None:
    first: dict[Key, Key] = {}
    for key in keys:
        for maker in sorted(makers[key]):
            clusters.merge(Merge(first.setdefault(maker, key), key, "same name and maker", 0.9))
    made = [key for key in keys if makers[key]]
    if len({clusters.root(key) for key in made}) <= 1:
        for key in keys:
            clusters.merge(Merge((made or keys)[0], key, "same name, and nothing that speaks of two makers", 0.8))
