"""A first look at a convolutional network's outputs in bfloat16, for CPUs that multiply it many times faster.

Its products run at several times the speed of float32's; so what is left is moving activations through the cache, and
that is halved again by doing ReLU and pooling on the bits as integers.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from bigenough.engine.layers import Activation, Conv2d, Dropout, Layer, MaxPool, weight_shapes
from bigenough.engine.stack import Stack, apply_layer, channels_last

COARSE_CHUNK = 128  # images at once, measured (docs/performance.md)


@cache
def has_fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices faster than float32: in tiles (AMX) several times, in AVX-512 twice."""
    can = torch.cpu.get_capabilities()
    return bool(can.get("amx_tile", False) or can.get("avx512_bf16", False))


def can_look_coarsely(stack: Stack, X: Tensor) -> bool:
    """Whether a first look in bfloat16 pays: one convolutional network, finite, on a CPU that is fast at it."""
    return (
        len(stack) == 1
        and X.device.type == "cpu"
        and any(isinstance(layer, Conv2d) for layer in stack.layers)
        and has_fast_bfloat16()
        and all(bool(torch.isfinite(p).all()) for p in stack.parameters)
    )


def coarse_logits(stack: Stack, X: Tensor) -> Tensor:
    """Logits in bfloat16 precision, dropout off: (n, channels, height, width) to (1, n, classes), float32."""
    weights = [p.detach().bfloat16() for p in stack.parameters]
    return torch.cat([_logits(stack.layers, piece, weights) for piece in X.split(COARSE_CHUNK)], dim=1).float()


def _logits(layers: list[Layer], images: Tensor, weights: list[Tensor]) -> Tensor:
    x, left = channels_last(images.bfloat16()), iter(weights)
    for layer, following in zip(layers, [*layers[1:], None], strict=True):
        own = [next(left) for _ in weight_shapes(layer)]
        match layer:
            case Dropout():
                pass
            case Activation("relu"):
                x.view(torch.int16).clamp_(min=0)  # the sign bit of a float is that of the integer
            case MaxPool(2) if following == Activation("relu"):
                x = _pool_before_relu(x)
            case _:
                x = apply_layer(layer, x, own, members=1)
    return F.pad(x, (1, 0)) if x.shape[-1] == 1 else x


def _pool_before_relu(x: Tensor) -> Tensor:
    """2 x 2 maxima, right wherever one is positive: non-negative floats are ordered as their bits are as integers."""
    bits = x.view(torch.int16)[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]
    rows = torch.maximum(bits[..., ::2, :], bits[..., 1::2, :])
    return torch.maximum(rows[..., ::2], rows[..., 1::2]).view(torch.bfloat16)
