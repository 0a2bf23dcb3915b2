"""A first look at a convolutional network's outputs in products of 8-bit integers, where a CPU has instructions for them.

Weights are rounded to steps of their output, activations to steps of their layer. The range of a layer's activations is not
known before they are computed; it is taken from a few rows that are computed in float32, with room, and rows that go beyond it
are said to be unknown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, reduce

import torch
import torch.nn.functional as F
from torch import Tensor

from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Flatten, Layer, MaxPool, weight_shapes
from bigenough.engine.stack import Stack, apply_layer, channels_last

COARSE_CHUNK = 256  # images at once; more make no difference
WORTH_ROWS = 64  # fewer are computed in float32 in less time than it takes to round the weights
STEPS = 255  # of activations, unsigned
WEIGHT_STEPS = 127  # either side of 0
RANGE_ROOM = 1.25  # over the largest activation of the rows that ranges are taken from: few rows then go beyond it
SILENT = 1e-20  # the range of a layer that no such row moves: a row that does is beyond it
RELU, INTEGER_LAYERS = Activation("relu"), (Conv2d, Dense, MaxPool, Flatten, Dropout)
INSTRUCTIONS = ("avx512_vnni", "avx_vnni", "amx_int8")


@dataclass(frozen=True)
class Block:
    """A layer with weights, in integers, and what follows it up to the next one; ReLU is part of the product."""

    layer: Conv2d | Dense
    packed: Tensor
    weight_scales: Tensor  # what a step of an output's weights is worth
    weight_zeros: Tensor
    bias: Tensor
    scale_in: float
    zero_in: int  # the step that is worth 0
    scale_out: float | None  # None: the outputs are the logits, in float32
    following: list[Layer]


@cache
def has_fast_int8() -> bool:
    """Whether this CPU is fast at products of 8-bit integers, and torch's are right on it."""
    can = torch.cpu.get_capabilities()
    return any(can.get(name, False) for name in INSTRUCTIONS) and products_are_exact(STEPS)


def products_are_exact(steps: int) -> bool:
    """Whether products of that many steps are added up in 32 bits: other instructions do it in 16, which overflow.

    It depends on what oneDNN chooses, which environment variables can hold down. Where torch has no such products, or takes
    them otherwise, they are not exact either.
    """
    size, zero, ones = 64, 3, torch.ones(2)
    inputs = channels_last(torch.full((1, size, 1, 1), steps, dtype=torch.uint8))
    for sign in (1, -1):
        weight = torch.full((2, size, 1, 1), sign * WEIGHT_STEPS, dtype=torch.int8)
        try:
            dense = _block(Dense(size, 2), weight.flatten(1), ones, 0 * ones, 1.0, zero, None, [])
            convolution = _block(Conv2d(size, 2, 1), weight, ones, 0 * ones, 1.0, zero, None, [])
            outputs = [_product(dense, inputs.flatten(1)), _product(convolution, inputs)]
        except (AttributeError, RuntimeError):
            return False
        if any(bool((found != sign * WEIGHT_STEPS * (steps - zero) * size).any()) for found in outputs):
            return False
    return True


def can_look_coarsely(stack: Stack, X: Tensor) -> bool:
    """Whether a first look in integers is possible and pays.

    It is and does for many rows of one finite convolutional network with ReLU, on a CPU that is fast at it, where no sum of
    products can overflow 32 bits.
    """
    blocks = _blocks(stack.layers)
    return (
        len(stack) == 1
        and X.device.type == "cpu"
        and len(X) >= WORTH_ROWS
        and isinstance(stack.layers[0], Conv2d)
        and all(isinstance(layer, INTEGER_LAYERS) or layer == RELU for layer in stack.layers)
        and [RELU in block for block in blocks] == [True] * (len(blocks) - 1) + [False]
        and all(STEPS * WEIGHT_STEPS * _inputs(block[0]) < 2**31 for block in blocks)
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
    """Cut before every layer with weights."""
    starts = [i for i, layer in enumerate(layers) if weight_shapes(layer)]
    return [layers[start:end] for start, end in zip(starts, [*starts[1:], len(layers)], strict=True)]


def _inputs(layer: Layer) -> int:
    """How many products an output is the sum of."""
    weight, bias = weight_shapes(layer)
    return math.prod(weight) // bias[0]


def _in_integers(stack: Stack, X: Tensor, shown: Tensor) -> list[Block]:
    """Round a network's weights, with the ranges of its activations from the rows shown; 0 is in all of them."""
    weights, cut = iter([p.detach() for p in stack.parameters]), _blocks(stack.layers)
    least, most = (float(value) for value in torch.aminmax(X))
    scale = (max(0.0, most) - min(0.0, least)) / STEPS or 1.0
    zero = round(-min(0.0, least) / scale)
    x = channels_last(shown)
    blocks: list[Block] = []
    for layers in cut:
        layer = layers[0]
        assert isinstance(layer, Conv2d | Dense)
        own = [next(weights) for _ in weight_shapes(layer)]
        for each in layers:
            x = x if isinstance(each, Dropout) else apply_layer(each, x, own, members=1)
        scale_out = RANGE_ROOM * max(float(x.max()), SILENT) / STEPS
        weight = own[0][0].T if isinstance(layer, Dense) else own[0][0]
        steps = weight.flatten(1).abs().amax(dim=1).clamp(min=1e-30) / WEIGHT_STEPS
        rounded = (weight / steps.view(-1, *[1] * (weight.ndim - 1))).round_().to(torch.int8)
        following: list[Layer] = [each for each in layers if isinstance(each, MaxPool | Flatten)]
        last = layers is cut[-1]
        blocks.append(_block(layer, rounded, steps, own[1][0], scale, zero, None if last else scale_out, following))
        scale, zero = scale_out, 0
    return blocks


def _block(
    layer: Conv2d | Dense, weight: Tensor, scales: Tensor, bias: Tensor, scale: float, zero: int, scale_out: float | None,
    following: list[Layer],
) -> Block:  # fmt: skip
    """Lay a layer's rounded weights, (outputs, inputs, ...), out as oneDNN wants them."""
    if isinstance(layer, Dense):
        packed = torch.ops.onednn.qlinear_prepack(weight.contiguous(), None)
    else:
        packed = torch.ops.onednn.qconv_prepack(weight, scales, scale, zero, [1, 1], [0, 0], [1, 1], 1)
    zeros = torch.zeros(len(bias), dtype=torch.long)
    return Block(layer, packed, scales, zeros, bias, scale, zero, scale_out, following)


def _look(blocks: list[Block], images: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the logits of some images, (b, classes), and whether they stayed in range, (b,)."""
    first = blocks[0]
    x = channels_last((images / first.scale_in + first.zero_in).round_().clamp_(0, STEPS).to(torch.uint8))
    known = torch.ones(len(images), dtype=torch.bool)
    for block in blocks:
        x = _product(block, x)
        for layer in block.following:
            x = _pooled(x, layer.size) if isinstance(layer, MaxPool) else x.flatten(1)
        if block.scale_out is not None:
            known &= x.amax(dim=tuple(range(1, x.ndim))) < STEPS
    return x, known


def _product(block: Block, x: Tensor) -> Tensor:
    """One layer with its ReLU: unsigned steps to unsigned steps, or to float32 where they are the logits."""
    taken = (x, block.scale_in, block.zero_in, block.packed, block.weight_scales, block.weight_zeros, block.bias)
    given = (1.0, 0, torch.float32, "none") if block.scale_out is None else (block.scale_out, 0, torch.uint8, "relu")
    if isinstance(block.layer, Dense):
        return torch.ops.onednn.qlinear_pointwise(*taken, *given, [], "")
    return torch.ops.onednn.qconv2d_pointwise(*taken, [1, 1], [0, 0], [1, 1], 1, *given, [], "")


def _pooled(x: Tensor, size: int) -> Tensor:
    """Maxima over squares, by slices: torch's own pooling of bytes is many times slower."""
    height, width = x.shape[-2] // size * size, x.shape[-1] // size * size
    rows = reduce(torch.maximum, [x[..., i:height:size, :width] for i in range(size)])
    return reduce(torch.maximum, [rows[..., i::size] for i in range(size)])
