"""A first look at a convolutional network's outputs in products of 8-bit integers, on many CPUs four times float32's speed.

Weights are rounded to 255 steps an output, activations to 255 steps a layer. The range of a layer's activations is not known
before they are computed; it is taken from a few rows that are computed in float32, with room, and rows that go beyond it
are said to be unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce

import torch
import torch.nn.functional as F
from torch import Tensor

from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool, weight_shapes
from bigenough.engine.stack import Stack, apply_layer, channels_last

COARSE_CHUNK = 256  # images at once, measured (docs/performance.md)
STEPS = 255  # of activations, unsigned
WEIGHT_STEPS = 127  # either side of 0
RANGE_ROOM = 1.25  # over the largest activation of the rows that ranges are taken from: few rows then go beyond it
SILENT = 1e-20  # the range of a layer that no row moves: one that does is beyond it
INSTRUCTIONS = ("avx512_vnni", "avx_vnni", "amx_int8")


@dataclass(frozen=True)
class Block:
    """A layer with weights, in integers, and what follows it up to the next one."""

    layer: Conv2d | Dense
    following: list[Layer]
    packed: Tensor
    weight_scales: Tensor  # one an output
    bias: Tensor
    scale: float  # of the inputs, of which a step is worth this
    zero: int  # the step that is worth 0
    scale_out: float | None  # of the outputs, after ReLU; None: they are the logits, in float32


@cache
def has_fast_int8() -> bool:
    """Whether this CPU has instructions that multiply and add 8-bit integers."""
    can = torch.cpu.get_capabilities()
    return torch.backends.mkldnn.is_available() and any(can.get(name, False) for name in INSTRUCTIONS)


def can_look_coarsely(stack: Stack, X: Tensor) -> bool:
    """Whether a first look in integers pays: one convolutional network with ReLU, finite, on a CPU that is fast at it."""
    return (
        len(stack) == 1
        and X.device.type == "cpu"
        and isinstance(stack.layers[0], Conv2d)
        and all(Activation("relu") in block for block in _blocks(stack.layers)[:-1])
        and Activation("tanh") not in stack.layers
        and has_fast_int8()
        and all(bool(torch.isfinite(values.detach().sum())) for values in (X, *stack.parameters))
    )


def coarse_logits(stack: Stack, X: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
    """Logits to about a hundredth of the largest one, dropout off.

    Parameters
    ----------
    stack : Stack
        One network for which `can_look_coarsely` holds.
    X : Tensor, shape (n, channels, height, width)
    shown : Tensor, shape (m, channels, height, width)
        Rows like those of X that the ranges of activations are taken from.

    Returns
    -------
    logits : Tensor, shape (1, n, classes), float32
    known : Tensor, shape (n,), bool
        Whether a row's activations stayed in range; the logits of others say nothing.
    """
    blocks = _in_integers(stack, X, shown)
    looks = [_look(blocks, piece) for piece in X.split(COARSE_CHUNK)]
    logits = torch.cat([logits for logits, _ in looks])
    return (F.pad(logits, (1, 0)) if logits.shape[-1] == 1 else logits)[None], torch.cat([known for _, known in looks])


def _blocks(layers: list[Layer]) -> list[list[Layer]]:
    """Cut before every layer with weights; the first layer is one."""
    starts = [i for i, layer in enumerate(layers) if isinstance(layer, Conv2d | Dense)]
    return [layers[start:end] for start, end in zip(starts, [*starts[1:], len(layers)], strict=True)]


def _in_integers(stack: Stack, X: Tensor, shown: Tensor) -> list[Block]:
    """Round a network's weights; ReLU becomes part of the product before it, which is the same behind a pooling."""
    weights, cut = iter([p.detach() for p in stack.parameters]), _blocks(stack.layers)
    least, most = (float(value) for value in torch.aminmax(X))
    low, high = min(0.0, least), max(0.0, most)
    scale = (high - low) / STEPS or 1.0
    zero = round(-low / scale)
    x = channels_last(shown)
    blocks: list[Block] = []
    for layers in cut:
        layer = layers[0]
        assert isinstance(layer, Conv2d | Dense)
        own = [next(weights) for _ in weight_shapes(layer)]
        for each in layers:
            x = x if isinstance(each, Dropout) else apply_layer(each, x, own, members=1)
        last = len(blocks) == len(cut) - 1
        scale_out = None if last else RANGE_ROOM * max(float(x.max()), SILENT) / STEPS
        weight = own[0][0] if isinstance(layer, Conv2d) else own[0][0].T
        steps = weight.flatten(1).abs().amax(dim=1).clamp(min=1e-30) / WEIGHT_STEPS
        rounded = (weight / steps.view(-1, *[1] * (weight.ndim - 1))).round_().to(torch.int8)
        if isinstance(layer, Conv2d):
            packed = torch.ops.onednn.qconv_prepack(rounded, steps, scale, zero, [1, 1], [0, 0], [1, 1], 1)
        else:
            packed = torch.ops.onednn.qlinear_prepack(rounded.contiguous(), None)
        following: list[Layer] = [each for each in layers[1:] if isinstance(each, MaxPool | Flatten)]
        blocks.append(Block(layer, following, packed, steps, own[1][0], scale, zero, scale_out))
        scale, zero = scale_out or 1.0, 0
    return blocks


def _look(blocks: list[Block], images: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the logits of some images, (b, classes), and whether they stayed in range, (b,)."""
    first = blocks[0]
    x = channels_last((images / first.scale + first.zero).round_().to(torch.uint8))
    known = torch.ones(len(images), dtype=torch.bool)
    for block in blocks:
        x = _product(block, x)
        if block.scale_out is not None:
            known &= x.amax(dim=tuple(range(1, x.ndim))) < STEPS
        for layer in block.following:
            x = _pooled(x, layer.size) if isinstance(layer, MaxPool) else x.flatten(1)
    return x, known


def _product(block: Block, x: Tensor) -> Tensor:
    """One layer with its ReLU: unsigned steps to unsigned steps, or to float32 where they are the logits."""
    zeros = torch.zeros(len(block.bias), dtype=torch.long)
    weights = (block.packed, block.weight_scales, zeros, block.bias)
    out = (1.0, 0, torch.float32, "none") if block.scale_out is None else (block.scale_out, 0, torch.uint8, "relu")
    if isinstance(block.layer, Dense):
        return torch.ops.onednn.qlinear_pointwise(x, block.scale, block.zero, *weights, *out, [], "")
    window = ([1, 1], [0, 0], [1, 1], 1)
    return torch.ops.onednn.qconv2d_pointwise(x, block.scale, block.zero, *weights, *window, *out, [], "")


def _pooled(x: Tensor, size: int) -> Tensor:
    """Maxima over squares, by slices: torch's own pooling of bytes is many times slower."""
    height, width = x.shape[-2] // size * size, x.shape[-1] // size * size
    rows = reduce(torch.maximum, [x[..., i:height:size, :width] for i in range(size)])
    return reduce(torch.maximum, [rows[..., i::size] for i in range(size)])
