"""From trained weights to the small files that run without torch: ONNX, layers fused, 8-bit numbers."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

from kg.encoder import SCALES, WORDS
from kg.train.plain import FEED_FORWARD, HEADS, HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

OPSET = 17
FUSED = ["MatMul", "Attention", "Gemm"]
LARGE = 10_000
"""Numbers from which on weights of the model of pairs are kept in 16 bits."""
IN_FLOATS = 3
"""Layers, from the lowest, whose second feed-forward product stays in floating point."""


def write_words(words: NDArray[np.float32], folder: Path) -> NDArray[np.float32]:
    """Write the table of word vectors in 8 bits, a scale per row; gives the vectors as they will be read."""
    scales = np.abs(words).max(axis=1) / 127
    rounded = np.round(words / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    np.save(folder / WORDS, rounded)
    np.save(folder / SCALES, scales.astype(np.float32))
    return np.asarray(rounded * scales.astype(np.float32)[:, None], dtype=np.float32)


def write_model(model: torch.nn.Module, path: Path, in_floats: int = IN_FLOATS, outputs: Sequence[str] = ("values",)) -> None:
    """Write a model that takes word vectors and a mask and gives these outputs: layers fused, products in 8 bits, a scale per channel.

    Weights use 7 of the 8 bits, so that the sums that processors without VNNI take two by two in 16 bits never overflow: every x86-64 gives the
    same whole numbers, and the result is nearer to that of 32 bits. The second products of the lowest ``in_floats`` layers' feed-forward parts
    stay in floating point: what goes into them spreads too far for 8 bits. That gives back most of the one to three points of F1 that 8 bits cost.
    """
    words, mask = torch.randn(2, 16, HIDDEN), torch.ones(2, 16, dtype=torch.long)
    axes = {0: "sequences", 1: "pieces"}
    with tempfile.TemporaryDirectory() as scratch, _quiet():
        whole, fused = Path(scratch, "whole.onnx"), Path(scratch, "fused.onnx")
        torch.onnx.export(
            model.eval(),
            (words, mask),
            str(whole),
            input_names=["words", "mask"],
            output_names=list(outputs),
            dynamic_axes=dict.fromkeys(("words", "mask", *outputs), axes),
            opset_version=OPSET,
            dynamo=False,
        )
        better = optimizer.optimize_model(str(whole), model_type="bert", num_heads=HEADS, hidden_size=HIDDEN, opt_level=0)
        better.save_model_to_file(str(fused))
        kept = _widest_products(onnx.load(fused))[:in_floats]
        extra = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        settings = {"weight_type": QuantType.QInt8, "per_channel": True, "reduce_range": True, "op_types_to_quantize": FUSED, "extra_options": extra}
        quantize_dynamic(str(fused), str(path), nodes_to_exclude=[node.name for node in kept], **settings)
        onnx.save(_plainly_normed(_in_halves(onnx.load(path), [node.input[1] for node in kept])), path)


def _plainly_normed(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with sums and norms of layers as steps of their own: onnxruntime 1.32 takes seven times as long for the two in one."""
    nodes = []
    for node in model.graph.node:
        if node.op_type != "SkipLayerNormalization":
            nodes.append(node)
            continue
        first, second, weight, bias, *more = node.input
        total = first
        for number, other in enumerate([*more, second]):
            nodes.append(helper.make_node("Add", [total, other], [f"{node.output[0]}.sum{number}"], name=f"{node.name}.sum{number}"))
            total = nodes[-1].output[0]
        [epsilon] = [one.f for one in node.attribute if one.name == "epsilon"]
        nodes.append(helper.make_node("LayerNormalization", [total, weight, bias], [node.output[0]], name=node.name, axis=-1, epsilon=epsilon))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def _widest_products(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """The second products of the feed-forward parts, the lowest layer first."""
    wide = {one.name for one in model.graph.initializer if list(one.dims) == [FEED_FORWARD, HIDDEN]}
    return [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in wide]


def _in_halves(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """The model with these weights kept in 16 bits; onnxruntime widens them once, when it loads."""
    graph = model.graph
    for weights in [one for one in graph.initializer if one.name in names]:
        half = numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), f"{weights.name}.half")
        cast = helper.make_node("Cast", [half.name], [weights.name], name=f"{weights.name}.widened", to=onnx.TensorProto.FLOAT)
        graph.initializer.remove(weights)
        graph.initializer.append(half)
        graph.node.insert(0, cast)
    return model


def write_pairs(model: torch.nn.Module, path: Path) -> None:
    """Write the model that scores pairs of mentions; weights in 16 bits, which are widened when it is loaded."""
    given = (
        torch.randn(40, HIDDEN),
        torch.arange(40) // 20,
        torch.tensor([[1, 2, 0, 0], [5, 5, 1, 0], [22, 24, 0, 1]]),
        torch.tensor([[0, 1], [1, 0], [3, 1], [0, 2]]),
        torch.tensor([[8, 9, 0], [1, 2, 0]]),
    )
    names = ["hidden", "sentences", "ends", "pairs", "voices"]
    outputs = ["relations", "certainty", "polarity", "stage", "told"]
    axes = {"hidden": {0: "pieces"}, "sentences": {0: "pieces"}, "ends": {0: "mentions"}, "pairs": {0: "pairs"}, "voices": {0: "words"}}
    axes |= {name: {0: "pairs"} for name in outputs[:-1]} | {"told": {0: "pairs", 1: "sources"}}
    with tempfile.TemporaryDirectory() as scratch, _quiet():
        whole = Path(scratch, "whole.onnx")
        torch.onnx.export(
            model.eval(), given, str(whole), input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=OPSET, dynamo=False
        )
        made = onnx.load(whole)
        wide = [one.name for one in made.graph.initializer if one.data_type == onnx.TensorProto.FLOAT and math.prod(one.dims) > LARGE]
        onnx.save(_in_halves(made, wide), path)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the libraries' remarks on their own insides."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(level)
