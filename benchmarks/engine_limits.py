"""How far the engine is from the machine's limits: floating-point operations and bytes.

Every fit of a study runs in one thread, one fit a core, so on the CPU one thread is the unit. Medians over repeated calls.

    python benchmarks/engine_limits.py [--device cuda]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F

import bigenough
from bigenough.engine.coarse import coarse_logits, has_fast_int8
from bigenough.engine.device import float32_convolutions
from bigenough.engine.evaluate import checked_rows, held_out_logits, item_losses, member_logits
from bigenough.engine.gradients import training_gradients
from bigenough.engine.layers import count_parameters, forward_flops
from bigenough.engine.optimizers import StackOptimizer
from bigenough.engine.stack import Stack, channels_last
from bigenough.engine.train import train_stack
from bigenough.engine.training import Training
from bigenough.registry import MODELS
from bigenough.types import Recipe

CPU, GPU = torch.device("cpu"), torch.device("cuda")
Gradients: TypeAlias = Callable[[Stack, torch.Tensor, torch.Tensor], torch.Tensor]


def median_seconds(call: Callable[[], object], *, at_least: float = 1.0) -> float:
    """Call again and again for a while; give the median time of a call."""
    call()
    times: list[float] = []
    while sum(times) < at_least or len(times) < 5:
        start = time.perf_counter()
        call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(what: str, *values: str) -> None:
    """Print a line of a table."""
    print(f"| {what} | " + " | ".join(values) + " |")


def head(*names: str) -> None:
    """Print the head of a table."""
    print("\n| " + " | ".join(names) + " |\n|" + "---|" * len(names))


def peaks(device: torch.device) -> tuple[float, float]:
    """Measure what a core, or a GPU, does at most: float32 and bytes copied, both a second."""
    a, b = torch.rand(2048, 2048, device=device), torch.rand(2048, 2048, device=device)
    flops = 2 * 2048**3 / median_seconds(lambda: a @ b)
    source, target = torch.rand(64_000_000, device=device), torch.empty(64_000_000, device=device)
    copied = 2 * 4 * 64_000_000 / median_seconds(lambda: target.copy_(source))
    head("limit of one thread" if device == CPU else f"limit of {torch.cuda.get_device_name()}", "measured")
    row("float32 matrix product, 2048 x 2048", f"{flops / 1e9:.0f} GFLOP/s")
    if device == CPU and has_fast_int8():
        seconds = median_seconds(integer_product(a, b))
        row("product of 8-bit integers, 2048 x 2048", f"{2 * 2048**3 / seconds / 1e9:.0f} billion operations a second")
    row("memory, read and written", f"{copied / 1e9:.1f} GB/s")
    return flops, copied


def integer_product(a: torch.Tensor, b: torch.Tensor) -> Callable[[], torch.Tensor]:
    """Give a product of unsigned and signed bytes, as the first look takes them."""
    unsigned, weights = (255 * a).to(torch.uint8), (127 * b).to(torch.int8)
    packed = torch.ops.onednn.qlinear_prepack(weights, None)
    scales, zeros = torch.full((len(b),), 1 / 127), torch.zeros(len(b), dtype=torch.long)
    scaled = (unsigned, 1 / 255, 0, packed, scales, zeros, None)
    return lambda: torch.ops.onednn.qlinear_pointwise(*scaled, 1.0, 0, torch.uint8, "none", [], "")


def stack_of(recipe: Recipe, members: int, device: torch.device = CPU) -> tuple[Stack, int, tuple[int, ...]]:
    """Give a stack of the recipe's network for MNIST, its forward operations a row, and a row's shape."""
    shape = (1, 28, 28) if MODELS[recipe.model].image else (784,)
    layers = MODELS[recipe.name].layers(recipe, shape, 2)
    return Stack(layers, list(range(members)), device), forward_flops(layers, shape), shape


def step(
    stack: Stack, recipe: Recipe, shape: tuple[int, ...], batch: int, gradients: Gradients = training_gradients
) -> Callable[[], None]:
    """One update of the training loop, on random rows."""
    fields = Training.__dataclass_fields__
    training = Training(**{name: value for name, value in recipe.settings.items() if name in fields})
    optimizer = StackOptimizer(training, stack.parameters)
    X = torch.rand(len(stack), batch, *shape, device=stack.device)
    y = torch.randint(0, 2, (len(stack), batch), device=stack.device)

    def update() -> None:
        gradients(stack, X, y)
        optimizer.step(training.learning_rate)

    return update


def training_table(peak: float, copied: float, device: torch.device) -> None:
    """One update against both limits; an Adam step reads and writes weight, gradient and two moments."""
    head(
        "one update", "members", "ms an update and member", "GFLOP/s", "of the float32 peak", "GB/s of weights",
        "of the copy rate",
    )  # fmt: skip
    dense, images = ((1, 5, 32), (1, 5)) if device == CPU else ((1, 5, 50, 512), (1, 5, 50))
    for name, members in [*(("cnn", k) for k in images), *((n, k) for n in ("mlp", "leek-mlp", "r-mlp") for k in dense)]:
        recipe: Recipe = MODELS[name].recipe
        stack, flops, shape = stack_of(recipe, members, device)
        batch = recipe.settings["batch_size"]
        seconds = median_seconds(step(stack, recipe, shape, batch))
        # weights read twice (forward, backward), gradients written and read, and what the optimiser moves
        moved = 4 * count_parameters(stack.layers) * members * (10 if recipe.settings["optimizer"] == "adam" else 6)
        done = 3 * flops * batch * members / seconds
        row(f"{name}, batch {batch}", str(members), f"{1e3 * seconds / members:.4f}", f"{done / 1e9:.0f}", f"{done / peak:.0%}",
            f"{moved / seconds / 1e9:.1f}", f"{moved / seconds / copied:.0%}")  # fmt: skip


def by_autograd(stack: Stack, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Take the gradients as any torch program does."""
    losses = item_losses(stack.logits(x, training=True), y)
    for parameter in stack.parameters:
        parameter.grad = None
    (losses.sum() / y.shape[1]).backward()
    return losses


def gradients_table() -> None:
    """Gradients of dense stacks written out, against autograd's, in turns."""
    head("one update", "members", "autograd (ms an update and member)", "written out", "ratio")
    for name, batch in (("leek-mlp", 1), ("leek-mlp", 32), ("r-mlp", 1), ("mlp", 32)):
        recipe: Recipe = MODELS[name].recipe
        for members in (1, 5, 20):
            stack, _, shape = stack_of(recipe, members)
            times: dict[Gradients, list[float]] = {by_autograd: [], training_gradients: []}
            for _ in range(3):
                for how, seen in times.items():
                    seen.append(1e3 * median_seconds(step(stack, recipe, shape, batch, how)) / members)
            theirs, ours = (float(np.median(seen)) for seen in times.values())
            row(f"{name}, batch {batch}", str(members), f"{theirs:.3f}", f"{ours:.3f}", f"{theirs / ours:.1f}x")


def scoring_table(peak: float, images: torch.Tensor, y: torch.Tensor) -> None:
    """Score the 1,057 images of the convergence half with the CNN."""
    recipe: Recipe = MODELS["cnn"].recipe
    stack, flops, _ = stack_of(recipe, 1)
    rows = torch.arange(40)[None]
    settings = {name: value for name, value in recipe.settings.items() if name in Training.__dataclass_fields__}
    train_stack(stack, images, y, rows, Training(**{**settings, "epochs": 20, "checkpoints": "geometric"}))
    plain = median_seconds(lambda: member_logits(stack, images))
    looked = median_seconds(lambda: held_out_logits(stack, images, y))
    head("scoring 1,057 images, CNN after 20 epochs at n = 40", "ms", "GFLOP/s", "of the float32 peak")
    for what, seconds in (("float32", plain), (f"8-bit integers first (this CPU is fast at them: {has_fast_int8()})", looked)):
        done = flops * len(images) / seconds
        row(what, f"{1e3 * seconds:.0f}", f"{done / 1e9:.0f}", f"{done / peak:.0%}")


def first_look_check(images: torch.Tensor, y: torch.Tensor) -> None:
    """Compare scores with and without the first look after every epoch of real training."""
    recipe: Recipe = MODELS["cnn"].recipe
    settings = {name: value for name, value in recipe.settings.items() if name in Training.__dataclass_fields__}
    once = Training(**{**settings, "epochs": 1, "checkpoints": "geometric"})
    apart, wrong, coarse = 0.0, 0, 0.0
    for seed, n in enumerate((10, 40, 80)):
        rows = torch.from_numpy(np.random.default_rng(seed).choice(len(images), n))[None]
        stack, _, _ = stack_of(recipe, 1)
        for _ in range(30):
            train_stack(stack, images, y, rows, once)
            exact, looked = member_logits(stack, images), held_out_logits(stack, images, y)
            coarse = max(coarse, coarse_error(stack, images, exact))
            own = y[None]
            apart = max(apart, abs(float(item_losses(exact, own).double().mean() - item_losses(looked, own).double().mean())))
            wrong += int((exact.argmax(dim=-1) != looked.argmax(dim=-1)).sum())
    head("8-bit integers first, against float32 throughout (90 checkpoints, 1,057 images each)", "value")
    row("labels that differ", str(wrong))
    row("largest difference of a mean loss", f"{apart:.1e} nats")
    row("largest error of the first look, relative to the largest logit", f"{coarse:.3f}")


def coarse_error(stack: Stack, images: torch.Tensor, exact: torch.Tensor) -> float:
    """Largest error of the first look, as a share of the largest logit."""
    with torch.no_grad():
        low, known = coarse_logits(stack, images, images[checked_rows(len(images))])
    return float((low - exact)[:, known].abs().max() / exact.abs().max())


def layouts() -> None:
    """What decided how convolutions are computed: the CNN's four, 32 images, forward and backward."""
    columns = ("channels last (ms)", "channels first (ms)", "5 members as groups (ms a member)")
    head("a convolution, forward and backward, 32 images", *columns)
    for channels, out, side in ((1, 32, 28), (32, 32, 26), (32, 64, 12), (64, 64, 10)):
        x, w = torch.rand(32, channels, side, side), torch.rand(out, channels, 3, 3)
        many, weights = torch.rand(32, 5 * channels, side, side), torch.rand(5 * out, channels, 3, 3)

        def both(x: torch.Tensor, w: torch.Tensor, groups: int) -> None:
            F.conv2d(x.requires_grad_(), w.requires_grad_(), groups=groups).sum().backward()

        sides = [(channels_last(x), channels_last(w), 1), (x, w, 1), (channels_last(many), channels_last(weights), 5)]
        values = [median_seconds(partial(both, *side)) * 1e3 / side[2] for side in sides]
        row(f"{channels} to {out} channels, {side} x {side}", *(f"{value:.2f}" for value in values))


def on_a_gpu() -> None:
    """Print the tables of a GPU: its stacks, and scoring with them."""
    with float32_convolutions():
        peak, copied = peaks(GPU)
        training_table(peak, copied, GPU)
        head("scoring 1,057 images, CNN", "members", "ms a member", "GFLOP/s", "of the float32 peak")
        for members in (1, 5, 50):
            stack, flops, shape = stack_of(MODELS["cnn"].recipe, members, GPU)
            images = torch.rand(1057, *shape, device=GPU)
            seconds = median_seconds(partial(member_logits, stack, images))
            done = flops * len(images) * members / seconds
            row("float32", str(members), f"{1e3 * seconds / members:.2f}", f"{done / 1e9:.0f}", f"{done / peak:.0%}")


def main() -> None:
    """Print every table of a device."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    on_gpu = parser.parse_args().device == "cuda"
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as training has it
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
    if on_gpu:
        on_a_gpu()
        return
    data = bigenough.load("mnist:0,1")
    half = data.holdout[: len(data.holdout) // 2]
    images, y = torch.from_numpy(data.X[half].astype(np.float32))[:, None], torch.from_numpy(data.y[half])
    peak, copied = peaks(CPU)
    training_table(peak, copied, CPU)
    gradients_table()
    scoring_table(peak, images, y)
    if has_fast_int8():
        first_look_check(images, y)
    layouts()


if __name__ == "__main__":
    main()
