"""The engine against plain torch.nn and torch.optim: the same numbers from an independent program."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from bigenough.engine.evaluate import item_losses, loss_and_score, member_logits
from bigenough.engine.initial import INITS, Init, fans
from bigenough.engine.layers import Activation, Conv2d, Dense, Dropout, Layer, count_parameters, forward_flops
from bigenough.engine.optimizers import Optimizer, StackOptimizer
from bigenough.engine.stack import Stack, generators
from bigenough.engine.train import train_stack
from bigenough.engine.training import Training
from bigenough.models.mlp import dense_layers
from bigenough.models.network import Network
from bigenough.registry import MODELS
from bigenough.types import Recipe
from tests.helpers import digits

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = torch.device("cpu")


def hidden(widths: list[int], activation: type[nn.Module], dropout: float, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, units in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, units), activation(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs))


def vgg_like() -> nn.Sequential:
    """As the post has it: every convolution is followed by its ReLU, and then comes the pooling."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(1024, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 2),
    )  # fmt: skip


PLAIN: dict[str, Any] = {
    "leek-mlp": (lambda: hidden([784] + [160] * 5, nn.Tanh, 0.0, 2), 228_962),
    "h2o-settings": (lambda: hidden([784] + [160] * 5, nn.Tanh, 0.0, 2), 228_962),
    "mlp": (lambda: hidden([784, 128, 128], nn.ReLU, 0.5, 2), 117_250),
    "r-mlp": (lambda: hidden([784, 128, 128], nn.ReLU, 0.5, 1), 117_121),
    "relu-mlp": (lambda: hidden([784, 128, 128], nn.ReLU, 0.2, 2), 117_250),
    "cnn": (vgg_like, 196_450),
    "convnet": (vgg_like, 196_450),
}


def study_layers(name: str) -> list[Layer]:
    model: Network = MODELS[name]
    return model.layers(model.recipe, model.input_shape(digits()), 2)


def as_torch(tensor: Tensor) -> Tensor:
    """A dense weight is (inputs, outputs) here and (outputs, inputs) in torch."""
    return tensor.T if tensor.ndim == 2 else tensor


def copied(net: nn.Sequential, stack: Stack, member: int) -> nn.Sequential:
    with torch.no_grad():
        for theirs, ours in zip(net.parameters(), stack.parameters, strict=True):
            theirs.copy_(as_torch(ours[member]))
    return net


def of_class_one(logits: Tensor) -> Tensor:
    """A single output is the log-odds of class 1."""
    return logits if logits.shape[-1] > 1 else torch.cat([torch.zeros_like(logits), logits], dim=-1)


def inputs(name: str, n: int) -> tuple[Tensor, Tensor]:
    data, model = digits(), MODELS[name]
    return torch.from_numpy(model.prepare(data.X[:n])), torch.from_numpy(data.y[:n])


def test_every_network_of_the_registry_is_compared() -> None:
    assert set(PLAIN) == {n for n in MODELS if isinstance(MODELS[n], Network)}


@pytest.mark.parametrize("name", list(PLAIN))
def test_parameters(name: str) -> None:
    make, expected = PLAIN[name]
    assert sum(p.numel() for p in make().parameters()) == expected
    assert count_parameters(study_layers(name)) == expected
    assert MODELS[name].parameters(MODELS[name].recipe, digits()) == expected
    assert sum(p[0].numel() for p in Stack(study_layers(name), [1, 2], CPU).parameters) == expected


@pytest.mark.parametrize("name", list(PLAIN))
def test_forward_pass_and_gradients(name: str) -> None:
    X, y = inputs(name, 16)
    stack = Stack(study_layers(name), [1, 2], CPU)
    with torch.no_grad():
        for i, parameter in enumerate(stack.parameters):
            if parameter.ndim == 2:  # biases that are not zero
                parameter += torch.linspace(-0.2, 0.3, parameter.numel()).view(parameter.shape) + 0.01 * i
    logits = stack.logits((X / 255).expand(2, *X.shape))
    (item_losses(logits, y.expand(2, -1)).sum() / len(y)).backward()
    for member in range(2):
        net = copied(PLAIN[name][0](), stack, member).eval()
        expected = of_class_one(net(X / 255))
        torch.testing.assert_close(logits[member], expected, rtol=1e-5, atol=1e-5)
        nn.functional.cross_entropy(expected, y).backward()
        for theirs, ours in zip(net.parameters(), stack.parameters, strict=True):
            assert ours.grad is not None
            assert theirs.grad is not None
            torch.testing.assert_close(as_torch(ours.grad[member]), theirs.grad, rtol=2e-4, atol=2e-6)


def test_a_sigmoid_output_is_binary_cross_entropy() -> None:
    X, y = inputs("r-mlp", 12)
    stack = Stack(study_layers("r-mlp"), [3], CPU)
    z = copied(PLAIN["r-mlp"][0](), stack, 0).eval()(X / 255)[:, 0]
    losses = item_losses(stack.logits(X[None] / 255), y[None])[0]
    expected = nn.functional.binary_cross_entropy_with_logits(z, y.float(), reduction="none")
    torch.testing.assert_close(losses, expected, rtol=1e-5, atol=1e-6)


def test_mean_loss_and_accuracy() -> None:
    logits = torch.tensor([[[2.0, 0.0], [0.0, 1.0], [3.0, -1.0]]])
    y = torch.tensor([[0, 0, 1]])
    loss, score = loss_and_score(logits, y)
    expected = np.mean([math.log1p(math.exp(-2)), math.log1p(math.exp(1)), math.log1p(math.exp(4))])
    assert float(loss) == pytest.approx(expected, rel=1e-6)
    assert float(score) == pytest.approx(1 / 3)


def torchs_own(training: Training, parameters: list[Tensor], **options: Any) -> torch.optim.Optimizer:  # noqa: ANN401
    options |= {"lr": training.learning_rate, "weight_decay": training.weight_decay}
    match training.optimizer:
        case "adadelta":
            return torch.optim.Adadelta(parameters, rho=training.rho, eps=training.epsilon, **options)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, alpha=training.rho, eps=training.epsilon, **options)
        case "adam":
            return torch.optim.Adam(parameters, eps=training.epsilon, **options)
        case "sgd":
            return torch.optim.SGD(parameters, momentum=training.momentum, **options)


RULES = [
    *(Training(optimizer=name, learning_rate=0.1, batch_size=5, epochs=1) for name in ("adam", "sgd", "rmsprop", "adadelta")),
    Training(optimizer="adam", learning_rate=0.1, weight_decay=0.1, epsilon=1e-3, batch_size=5, epochs=1),
    Training(optimizer="sgd", learning_rate=0.1, weight_decay=0.1, momentum=0.9, batch_size=5, epochs=1),
    Training(optimizer="rmsprop", learning_rate=0.1, weight_decay=0.1, rho=0.8, batch_size=5, epochs=1),
    Training(optimizer="adadelta", learning_rate=0.1, weight_decay=0.1, rho=0.8, batch_size=5, epochs=1),
]


@pytest.mark.parametrize("shapes", [[(3, 5, 32), (3, 32)], [(3, 5, 7), (3, 1)]], ids=["fused", "plain"])
@pytest.mark.parametrize("training", RULES)
def test_an_update_is_that_of_torchs_class_to_the_bit(training: Training, shapes: list[tuple[int, ...]]) -> None:
    random = torch.Generator().manual_seed(5)
    ours, theirs = ([torch.ones(shape, requires_grad=True) for shape in shapes] for _ in range(2))
    fused = {"fused": shapes[0][-1] % 16 == 0} if training.optimizer in ("adam", "sgd") else {}
    optimizer, other = StackOptimizer(training, ours), torchs_own(training, theirs, foreach=False, **fused)
    for update in range(20):
        for one, same in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=random)
            same.grad = one.grad.clone()
        other.param_groups[0]["lr"] = rate = 0.1 / (1 + 0.2 * update)
        optimizer.step(rate)
        other.step()
        assert all(torch.equal(one, same) for one, same in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("training", RULES)
def test_parameters_without_a_gradient_are_left_alone_as_torch_does(training: Training) -> None:
    """A module may have parameters that it never uses, or only now and then; a scalar among them."""
    random = torch.Generator().manual_seed(6)
    ours, theirs = ([torch.ones(shape, requires_grad=True) for shape in ((4, 3), (), (5,))] for _ in range(2))
    optimizer, other = Optimizer(training, ours), torchs_own(training, theirs)
    for update in range(12):
        used = [update != 7, update % 3 != 1, False]
        for one, same, is_used in zip(ours, theirs, used, strict=True):
            one.grad = torch.randn(one.shape, generator=random) if is_used else None
            same.grad = None if one.grad is None else one.grad.clone()
        optimizer.step(training.learning_rate)
        other.step()
        assert all(torch.equal(one, same) for one, same in zip(ours, theirs, strict=True))
    assert torch.equal(ours[2], torch.ones(5))


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Training(optimizer="adam", learning_rate=0.002, batch_size=5, epochs=6), torch.optim.Adam),
        (Training(optimizer="sgd", learning_rate=0.3, decay=0.4, batch_size=5, epochs=6), torch.optim.SGD),
        (
            Training(optimizer="sgd", learning_rate=0.1, batch_size=5, epochs=6, momentum=0.9, weight_decay=0.02),
            partial(torch.optim.SGD, momentum=0.9, weight_decay=0.02),
        ),
        (
            Training(optimizer="adadelta", learning_rate=1.0, batch_size=5, epochs=6, rho=0.99, epsilon=1e-8),
            partial(torch.optim.Adadelta, rho=0.99, eps=1e-8),
        ),
        (
            Training(optimizer="rmsprop", learning_rate=0.01, batch_size=5, epochs=6, weight_decay=0.1),
            partial(torch.optim.RMSprop, alpha=0.9, eps=1e-8, weight_decay=0.1),
        ),
    ],
    ids=["adam", "sgd with decay", "sgd with momentum and weight decay", "adadelta", "rmsprop"],
)
def test_updates(ours: Training, theirs: Callable[..., torch.optim.Optimizer], output: str) -> None:
    """In double precision, so that nothing but the algorithm can differ."""
    settings = {"hidden": [16, 7], "activation": "tanh", "dropout": 0.0, "output": output}
    layers, seeds, m = dense_layers(Recipe("small", "mlp", "deep", settings), (6,), 2), [8, 9], 13
    rng = np.random.default_rng(0)
    X, y = torch.from_numpy(rng.normal(size=(30, 6))), torch.from_numpy(rng.integers(0, 2, 30))
    rows = torch.from_numpy(rng.integers(0, 30, (2, m)))
    stack = Stack(layers, seeds, CPU)
    stack.parameters = [p.detach().double().requires_grad_() for p in stack.parameters]
    nets = [copied(hidden([6, 16, 7], nn.Tanh, 0.0, 1 if output == "sigmoid" else 2).double(), stack, i) for i in range(2)]
    train_stack(stack, X, y, rows, ours)
    for i, (net, order) in enumerate(zip(nets, generators("order", seeds, CPU), strict=True)):
        optimizer = theirs(net.parameters(), lr=ours.learning_rate)
        decayed = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + ours.decay * t))
        assert ours.epochs is not None
        for _ in range(ours.epochs):
            for batch in rows[i][torch.randperm(m, generator=order)].split(ours.batch_size):
                optimizer.zero_grad()
                nn.functional.cross_entropy(of_class_one(net(X[batch])), y[batch]).backward()
                optimizer.step()
                decayed.step()
        for expected, parameter in zip(net.parameters(), stack.parameters, strict=True):
            torch.testing.assert_close(as_torch(parameter[i]), expected, rtol=1e-7, atol=1e-9)


TORCHS_INITS: dict[str, Callable[..., torch.Tensor]] = {
    "glorot_uniform": nn.init.xavier_uniform_,
    "glorot_normal": nn.init.xavier_normal_,
    "he_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
    "he_normal": partial(nn.init.kaiming_normal_, nonlinearity="relu"),
    "lecun_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="linear"),
}


@pytest.mark.parametrize("name", INITS)
@pytest.mark.parametrize("shape", [(784, 160), (160, 2), (32, 1, 3, 3), (64, 32, 3, 3)])
def test_weights_start_by_torch_s_rules(shape: tuple[int, ...], name: Init) -> None:
    drawn = torch.stack([INITS[name](shape, g) for g in generators("init", range(30), CPU)]).flatten().double().numpy()
    layer = nn.Linear(*shape) if len(shape) == 2 else nn.Conv2d(shape[1], shape[0], 3)
    generator = torch.Generator().manual_seed(0)
    theirs = [TORCHS_INITS[name](layer.weight, generator=generator).detach().flatten().clone() for _ in range(30)]
    reference = torch.cat(theirs).double().numpy()
    assert drawn.var() == pytest.approx(reference.var(), rel=0.08)
    assert abs(drawn.mean()) < 4 * reference.std() / math.sqrt(len(reference))
    assert stats.ks_2samp(drawn[:20_000], reference[:20_000]).pvalue > 1e-3
    if name == "glorot_uniform":
        assert np.abs(drawn).max() <= math.sqrt(6 / sum(fans(shape))) * (1 + 1e-6)


def test_initial_weights_are_scaled() -> None:
    layers = study_layers("mlp")
    plain, scaled = Stack(layers, [1, 2], CPU), Stack(layers, [1, 2], CPU, init_scale=0.25)
    assert all(torch.equal(a * 0.25, b) for a, b in zip(plain.parameters, scaled.parameters, strict=True))


@pytest.mark.parametrize("name", list(PLAIN))
def test_biases_start_at_zero_and_weights_do_not(name: str) -> None:
    for parameter in Stack(study_layers(name), [1, 2], CPU).parameters:
        assert bool((parameter == 0).all()) == (parameter.ndim == 2)


@pytest.mark.parametrize("rate", [0.2, 0.5])
@pytest.mark.parametrize("shape", [(3, 40, 500), (3, 10, 5, 20, 20)], ids=["rows", "images"])
def test_dropout_zeroes_its_share_and_scales_the_rest(rate: float, shape: tuple[int, ...]) -> None:
    stack = Stack([Dropout(rate)], [1, 2, 3], CPU)
    dropped = stack.logits(torch.ones(shape), training=True)
    kept = dropped != 0
    assert float((~kept).double().mean()) == pytest.approx(rate, abs=4 * math.sqrt(rate * (1 - rate) / dropped.numel()))
    np.testing.assert_allclose(dropped[kept].numpy(), 1 / (1 - rate), rtol=1e-6)
    assert torch.equal(stack.logits(torch.ones((*shape[:2], 5))), torch.ones((*shape[:2], 5))), "off while not training"


def test_dropout_differs_between_members_and_between_updates() -> None:
    stack = Stack([Dropout(0.5)], [1, 2], CPU)
    first, second = (stack.logits(torch.ones(2, 4, 50), training=True) for _ in range(2))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])


@pytest.mark.parametrize("name", list(PLAIN))
def test_operations_of_a_forward_pass(name: str) -> None:
    X, _ = inputs(name, 1)
    net = PLAIN[name][0]().eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(X)
    assert forward_flops(study_layers(name), tuple(X.shape[1:])) == counter.get_total_flops()


def test_norms_and_idle_units_of_a_checkpoint() -> None:
    """One update by hand: gradient norm, relative step, and a ReLU unit that no row moves."""
    layers: list[Layer] = [Dense(3, 4), Activation("relu"), Dense(4, 2)]
    stack = Stack(layers, [5], CPU)
    X = torch.rand(6, 3, generator=torch.Generator().manual_seed(0))
    y, rows = torch.tensor([0, 1, 0, 1, 1, 0]), torch.arange(6)[None]
    with torch.no_grad():
        stack.parameters[1][0, 2] = -100.0
    net = copied(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), stack, 0)
    curve = train_stack(stack, X, y, rows, Training(optimizer="sgd", learning_rate=0.1, batch_size=6, epochs=1)).curves[0]
    nn.functional.cross_entropy(net(X), y).backward()
    gradient = math.sqrt(sum(float((p.grad**2).sum()) for p in net.parameters() if p.grad is not None))
    weights = math.sqrt(sum(float((p.detach() ** 2).sum()) for p in net.parameters()))
    assert curve.updates.tolist() == [0, 1]
    assert curve.gradient_norm[1] == pytest.approx(gradient, rel=1e-5)
    assert curve.step_ratio[1] == pytest.approx(0.1 * gradient / weights, rel=1e-2)  # a tiny difference of float32 weights
    first, last = net[0].weight.grad, net[2].weight.grad
    assert isinstance(first, torch.Tensor)
    assert isinstance(last, torch.Tensor)
    assert curve.gradient_ratio[1] == pytest.approx(float(first.norm() / last.norm()), rel=1e-5)
    assert np.isnan([curve.gradient_norm[0], curve.gradient_ratio[0]]).all()
    assert np.isnan(curve.held_out_loss).all()
    idle = float((net[1](net[0](X)) == 0).all(dim=0).double().mean())
    assert curve.idle_share[0] == pytest.approx(idle)
    assert idle >= 0.25


def test_unknown_layers_are_refused() -> None:
    with pytest.raises(TypeError, match="cannot be computed"):
        Stack([object()], [1], CPU).logits(torch.ones(1, 2, 3))  # type: ignore[list-item]  # on purpose


def test_a_pooling_may_come_before_its_relu() -> None:
    """Why the CNN's layers may stand in another order than the post's."""
    layers = study_layers("cnn")
    order = [type(layer).__name__ for layer in layers[:5]]
    assert order == ["Conv2d", "Activation", "Conv2d", "MaxPool", "Activation"]
    assert isinstance(layers[0], Conv2d)
    X, _ = inputs("cnn", 8)
    stack = Stack(layers, [1], CPU)
    torch.testing.assert_close(member_logits(stack, X)[0], copied(vgg_like(), stack, 0).eval()(X), rtol=1e-4, atol=1e-4)
