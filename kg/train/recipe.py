"""How the reader of mentions is trained: what may be chosen, and the choice that lies beside the training articles."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from kg.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kg.evaluate.gold import Article


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What decides how the encoder learns."""

    layers: int = 9
    """Layers of the encoder that are used, from the lowest."""
    epochs: int = 6
    batch: int = 640
    """Pieces per step."""
    window: int = 96
    """Pieces that are read together at most."""
    rate: float = 2e-4
    head_rate: float = 1e-3
    """Learning rates of encoder and labels, at their highest: they rise over a tenth of the steps and then fall to nothing."""
    dropout: float = 0.1
    held_out: int = 100
    """Articles that are kept back, to find the bias of types on and to measure."""
    joint_epochs: int = 5
    joint_fixed: int = 3
    """Layers, from the lowest, that no longer change in the second part."""
    joint_batch: int = 800
    joint_rate: float = 1e-4
    joint_head_rate: float = 8e-4
    """Of the second part, in which labels and claims are learnt together."""
    doubt: float = 2.0
    """Added to the log-odds of phrases when those that the reader takes for mentions by mistake are looked for."""
    capitals: float = 0.2
    """Share of the English articles with a headline that are learnt from a second time in the second part, with the headline in capitals."""
    labelled_rate: float = 8e-5
    labelled_head_rate: float = 5e-4
    """Of the third part, in which pairs that others labelled are learnt as well."""
    labelled_times: int = 2
    """How often the third part is learnt, each time in another order: the mean of the weights is kept."""
    seed: int = 1

    def shuffled(self, articles: Sequence[Article]) -> list[Article]:
        """The articles in an order that the seed alone decides, whatever order they came in."""
        shuffled = random.Random(self.seed)  # noqa: S311  not for secrets
        return shuffled.sample(sorted(articles, key=lambda article: article.id), len(articles))


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; the defaults where there is none.

    Raises InputError when it cannot be read.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Recipe)
    except FileNotFoundError:
        return Recipe()
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path} is no recipe: {error}; it may set {', '.join(Recipe.__struct_fields__)}") from error
