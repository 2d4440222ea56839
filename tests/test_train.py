"""How annotated articles become labelled pieces, and what is refused; training itself needs packages that tests do without."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from kg.encoder import META, WEIGHTS, load_tokenizer, read_meta
from kg.errors import InputError
from kg.evaluate.gold import Article, GoldClaim, GoldEntity, read_gold
from kg.evaluate.score import score_mentions
from kg.extract.mentions import LABELS, Tagged
from kg.extract.relations import KINDS
from kg.train import MORE, train
from kg.train.examples import examples, marked
from kg.train.labelled import LabelledPair, LabelledText, likelihoods, means, read_labelled
from kg.train.lessons import in_capitals, lessons, loudly, mistaken_phrases
from kg.train.recipe import Recipe, read_recipe

ROOT = Path(__file__).parents[1]
TRAINING = ROOT / "training"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def article(text: str, *entities: tuple[str, tuple[str, ...]]) -> Article:
    known = tuple(GoldEntity(id=f"e{at}", type=kind, names=names) for at, (kind, names) in enumerate(entities))
    return Article(id="one", lang="en", text=text, entities=known, claims=())


def test_every_place_of_a_name_is_marked_the_longer_one_first_and_whole_words_only() -> None:
    one = article("Bolt Systems bought Bolting Co. Bolt said so.", ("Company", ("Bolt Systems", "Bolt")), ("Company", ("Bolting Co",)))
    assert marked(one) == [(0, 12, "Company", "e0"), (20, 30, "Company", "e1"), (32, 36, "Company", "e0")]
    chinese = article("由京信通信收购，京信称", ("Company", ("京信通信", "京信")))
    assert marked(chinese) == [(1, 5, "Company", "e0"), (8, 10, "Company", "e0")]


def test_labels_begin_where_a_mention_does() -> None:
    tokenizer = load_tokenizer()
    text = "由京信通信收购。"
    [one] = examples([article(text, ("Company", ("京信通信",)))], tokenizer, 96)
    labels = [LABELS[at] for at in one.labels]
    assert labels[0] == "O"
    assert labels[1] == "B-Company"
    assert labels.count("B-Company") == 1
    assert set(labels) == {"O", "B-Company", "I-Company"}


def test_a_pair_is_a_claim_where_the_quote_holds_both_and_unknown_elsewhere() -> None:
    text = "Acme runs Bolt. Bolt grows, Acme says. Mara Voss may sue Acme, Reuters reported."
    entities = (
        GoldEntity(id="e1", type="Company", names=("Acme",)),
        GoldEntity(id="e2", type="Company", names=("Bolt",)),
        GoldEntity(id="e3", type="Person", names=("Mara Voss",)),
    )
    claims = (
        GoldClaim(s="e1", p="hasSubsidiary", o="e2", quote="Acme runs Bolt"),
        GoldClaim(s="e3", p="sues", o="e1", quote="Mara Voss may sue Acme, Reuters reported", certainty="possible", source="Reuters"),
    )
    [lesson] = lessons([Article(id="one", lang="en", text=text, entities=entities, claims=claims)], load_tokenizer(), 96)
    # in the order of the text: Acme 0, Bolt 1, Bolt 2, Acme 3, Mara Voss 4, Acme 5
    assert [end.sentence for end in lesson.ends] == [0, 0, 1, 1, 2, 2]
    told = {pair: label for pair, label in zip(lesson.pairs, lesson.wanted, strict=True) if label.relation != KINDS.index("none")}
    assert told.keys() == {(0, 1), (4, 5)}
    assert told[0, 1] == (KINDS.index("hasSubsidiary"), 0, 0, -100, (0,)), "certain, positive, no stage, the article's own voice"
    assert told[4, 5][:4] == (KINDS.index("sues"), 2, 0, -100)
    assert [lesson.voices[one - 1][2] for one in told[4, 5].voices] == [2], "Reuters, in the last sentence"
    assert (3, 2) not in lesson.pairs, "whether the second sentence says so too is not known"
    assert (1, 0) in lesson.pairs, "that Bolt owns Acme is known not to be said"
    assert LABELS[lesson.labels[lesson.voices[told[4, 5].voices[0] - 1][0]]] == "B-Source"


def test_phrases_that_a_reader_finds_by_mistake_are_nothing_to_anything() -> None:
    text = "Acme owns the old mill near the grand canal."
    one = article(text, ("Company", ("Acme",)), ("Asset", ("old mill",)))
    claim = GoldClaim(s="e0", p="hasAsset", o="e1", quote=text)
    one = Article(id="one", lang="en", text=text, entities=one.entities, claims=(claim,))
    found = [Tagged(0, 4, "Company", 0.9), Tagged(10, 18, "Asset", 0.9), Tagged(14, 18, "Asset", 0.4), Tagged(32, 43, "Asset", 0.6)]
    wrong = mistaken_phrases(one, found)
    assert wrong == [(32, 43, "Asset", "")], "the grand canal: the mill and a part of it are annotated, names are no phrases"
    [plain] = lessons([one], load_tokenizer(), 96)
    [lesson] = lessons([one], load_tokenizer(), 96, {"one": wrong})
    assert (len(plain.ends), len(lesson.ends)) == (2, 3)
    assert lesson.labels == plain.labels, "the labels of pieces stay those of the annotation"
    told = {pair: KINDS[label.relation] for pair, label in zip(lesson.pairs, lesson.wanted, strict=True)}
    assert told[0, 1] == "hasAsset"
    assert told[0, 2] == "none", "Acme has no canal"


def test_a_headline_in_capitals_keeps_what_is_annotated() -> None:
    text = "Acme to buy Bolt, Corvo says\nAcme, which makes pumps, offered 3 million dollars for Bolt."
    one = article(text, ("Company", ("Acme",)), ("Company", ("Bolt",)), ("Asset", ("pumps",)))
    head, body = text.split("\n")
    claims = tuple(GoldClaim(s="e0", p="acquires", o="e1", quote=quote, stage="announced", source="Corvo") for quote in (head, body, text))
    loud = loudly(Article(id="one", lang="en", text=text, entities=one.entities, claims=claims))
    assert loud is not None
    assert loud.text == "ACME TO BUY BOLT, CORVO SAYS\nAcme, which makes pumps, offered 3 million dollars for Bolt."
    assert [entity.names for entity in loud.entities] == [("Acme", "ACME"), ("Bolt", "BOLT"), ("pumps",)]
    assert [claim.quote for claim in loud.claims] == ["ACME TO BUY BOLT, CORVO SAYS", body, loud.text]
    assert {claim.source for claim in loud.claims} == {"CORVO"}
    assert loudly(loud) is None, "there is nothing to change"
    assert loudly(article("Acme buys Bolt.", ("Company", ("Acme",)))) is None, "a sentence is no headline"
    rows = [Article(id=f"a{at}", lang="en", text=text, entities=(), claims=()) for at in range(10)]
    assert len(in_capitals(rows, Recipe(capitals=0.3))) == 3


def annotated(text: str, first: str, second: str, relation: str | None) -> Article:
    entities = (GoldEntity(id="e1", type="Company", names=(first,)), GoldEntity(id="e2", type="Company", names=(second,)))
    claims = (GoldClaim(s="e1", p=relation, o="e2", quote=text),) if relation else ()
    return Article(id=text, lang="en", text=text, entities=entities, claims=claims)


def labelled(text: str, first: str, second: str, label: str) -> LabelledText:
    places = [(text.index(name), text.index(name) + len(name)) for name in (first, second)]
    return LabelledText(text, (LabelledPair(places[0], places[1], label),))


def test_what_a_label_of_others_says_is_counted_where_texts_were_annotated_too() -> None:
    bought = "Acme bought Bolt for 12 dollars."
    masked = "Acme bought Bolt for 97 dollars."  # the corpus had masked the figure
    rows = [annotated(bought, "Acme", "Bolt", "acquires"), annotated("Corvo met Dune.", "Corvo", "Dune", None)]
    texts = [
        labelled(masked, "Bolt", "Acme", "x:bought_by"),
        labelled("Corvo met Dune.", "Corvo", "Dune", "x:bought_by"),
        labelled("A and B.", "A", "B", "y"),
    ]
    counted = means(texts, rows)
    assert counted == {
        "acquires": {"^x:bought_by": 1},  # of Acme and Bolt, in this order, the label is told the other way round
        "none": {"x:bought_by": 2, "^x:bought_by": 1},  # Bolt does not buy Acme; Corvo and Dune are nothing to each other
    }
    chances = dict(zip(KINDS, likelihoods(["^x:bought_by"], counted), strict=True))
    assert chances["acquires"] == pytest.approx((1 + 4 * 0.5 + 0.02) / (1 + 5), abs=1e-4), "one of one, steadied by four at the share in all"
    assert chances["none"] == pytest.approx((1 + 4 * 0.5 + 0.02) / (3 + 5), abs=1e-4)
    assert chances["sues"] == pytest.approx(0.5), "of a relation that no labelled pair has: the share of the label in all, 2 of 4"


def test_a_line_of_labelled_pairs_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"text": "A", "pairs": []}\n{"text": "A"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"pairs.jsonl, line 2: .*pairs.*; a line is like"):
        read_labelled(file)


def test_the_articles_are_shuffled_by_the_seed_alone() -> None:
    rows = [Article(id=f"a{at}", lang="en", text="", entities=(), claims=()) for at in range(20)]
    assert Recipe(seed=3).shuffled(rows) == Recipe(seed=3).shuffled(rows[::-1])
    assert Recipe(seed=3).shuffled(rows) != Recipe(seed=4).shuffled(rows)


def test_a_recipe_with_an_unknown_setting_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("epoch = 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"epoch.*epochs"):
        read_recipe(tmp_path / "recipe.toml")


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="the packages for training are installed")
def test_training_without_its_packages_says_what_to_install() -> None:
    with pytest.raises(InputError, match=r"dealgraph\[train\]"):
        train()


def test_the_training_articles_are_annotated_as_the_scorer_reads_them() -> None:
    files = sorted(TRAINING.glob("*.jsonl"))
    articles = [one for path in files for one in read_gold(path)]
    assert len(articles) >= 1019
    assert len({one.id for one in articles}) == len(articles)
    for one in articles:
        for entity in one.entities:
            assert entity.type == "Deal" or any(name in one.text for name in entity.names), (one.id, entity)


def test_the_weights_say_what_they_were_made_from() -> None:
    meta = read_meta()
    own = {name: row for name, row in meta["articles"].items() if not row["extra"]}
    assert {name: row["sha256"] for name, row in own.items()} == {path.name: sha256(path) for path in [*TRAINING.glob("*.jsonl"), TRAINING / MORE]}
    assert meta["files"] == {path.name: sha256(path) for path in WEIGHTS.iterdir() if path.name != META}
    assert meta["recipe"] == tomllib.loads((TRAINING / "recipe.toml").read_text(encoding="utf-8"))
    assert meta["licences"]["encoder"].startswith("multilingual-e5-small, MIT")
    assert json.loads((WEIGHTS / META).read_bytes()) == meta


def test_a_reader_is_scored_by_strings_of_its_type_in_their_article() -> None:
    one = article(
        "Acme Corp. buys Bolt for its cargo ships.", ("Company", ("Acme Corp", "Acme")), ("Company", ("Bolt",)), ("Asset", ("cargo ships",))
    )
    found = [("Company", "ACME"), ("Company", "Acme Corp."), ("Product", "Bolt"), ("Asset", "its cargo ships"), ("Asset", "Bolt")]
    table = score_mentions([one], lambda _: found)
    assert table["en Company"] == {"P": 1.0, "R": 0.5, "F1": 0.667, "n": 2}
    assert table["en names"] == {"P": 0.667, "R": 0.5, "F1": 0.571, "n": 2}
    assert table["en phrases"] == {"P": 0.5, "R": 1.0, "F1": 0.667, "n": 1}


def test_there_is_a_vector_for_every_piece() -> None:
    words = np.load(WEIGHTS / "words.npy")
    scales = np.load(WEIGHTS / "scales.npy")
    assert words.dtype == np.int8
    assert scales.shape == (len(words),)
    assert load_tokenizer().get_vocab_size() == len(words)
