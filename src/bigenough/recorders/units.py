"""Hidden units of a torch module, watched over a few training batches: which of them no row moves."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

ROWS = 256  # training rows over which a unit must be idle; a single batch may be of one row
RECTIFIED, SIGMOID, TANH = ("ReLU", "ReLU6"), ("Sigmoid", "Hardsigmoid"), ("Tanh", "Hardtanh")
SATURATED = 0.99  # in size, as the engine counts it
MOST_USES = 256  # of modules, by their order in an update and by the shape of what they give; lengths may differ without end

Use = tuple[int, int, tuple[int, ...]]  # a module's place, how often it had been used in the update, a row's shape


class Units:
    """Watches activation modules through hooks that are there only meanwhile.

    Parameters
    ----------
    model : torch.nn.Module

    Attributes
    ----------
    watched_from : int
        The update after which watching began.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - torch is not imported here
        self.watched_from = 0
        self._model = model
        self._modules = list(model.modules())
        self._hooks: list[Any] = []
        self._hidden_modules: set[int] = set()  # ever seen to be
        self._forget()

    def start(self, update: int) -> None:
        """Watch anew."""
        self.stop()
        self._forget()
        self.watched_from = update
        activations = [(i, module) for i, module in enumerate(self._modules) if _kind(module)]
        if not activations:
            return
        with suppress(Exception):
            self._hooks.append(self._model.register_forward_pre_hook(self._begin))
            for i, module in activations:
                self._hooks.append(module.register_forward_hook(_Watch(self, i, _kind(module))))
            weighted = [module for module in self._modules if any(True for _ in module.parameters(recurse=False))]
            self._hooks += [module.register_forward_pre_hook(self._confirm) for module in weighted if module is not self._model]

    def stop(self) -> None:
        """Take the hooks off."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def idle_share(self) -> float | None:
        """Share of idle hidden units once enough rows were seen, to be asked between updates; None before."""
        if not self._hooks:  # at most updates, of which each should cost next to nothing
            return None
        self._pending.clear()
        self._uses.clear()
        ready = [use for use in self._hidden if self._rows.get(use, 0) >= ROWS]
        if not ready or {use[0] for use in ready} != {use[0] for use in self._hidden}:
            return None
        moved = [self._moved[use] for use in ready]
        return 1 - sum(int(each.sum()) for each in moved) / sum(each.numel() for each in moved)

    def activation(self) -> str:
        """Name of the hidden units' activation as recipes have it; empty where there are several or none."""
        places = self._hidden_modules or range(len(self._modules) - 1)  # one at the very end is the output's
        modules = [self._modules[place] for place in places]
        kinds = {_kind(module) for module in modules} - {""}
        return kinds.pop() if len(kinds) == 1 else ""

    def see(self, place: int, kind: str, module: Any, output: Any) -> None:  # noqa: ANN401
        """Note which units some row of a batch moves."""
        if not module.training or output.ndim < 2:
            return
        use = (place, self._uses.get(place, 0), tuple(output.shape[1:]))
        self._uses[place] = use[1] + 1
        if use not in self._rows and len(self._rows) >= MOST_USES:
            return
        moved = _moves(output.detach(), kind).any(dim=0)
        self._moved[use] = self._moved[use] | moved if use in self._moved else moved
        self._rows[use] = self._rows.get(use, 0) + len(output)
        self._pending.append(use)

    def _forget(self) -> None:
        self._moved: dict[Use, Any] = {}
        self._rows: dict[Use, int] = {}
        self._uses: dict[int, int] = {}
        self._pending: list[Use] = []  # hidden if a module with weights comes after them
        self._hidden: set[Use] = set()

    def _begin(self, *_: object) -> None:
        self._pending.clear()

    def _confirm(self, *_: object) -> None:
        self._hidden.update(self._pending)
        self._hidden_modules.update(use[0] for use in self._pending)
        self._pending.clear()


class _Watch:
    """A forward hook on one activation module; what it cannot look at it leaves."""

    def __init__(self, units: Units, place: int, kind: str) -> None:
        self.units, self.place, self.kind = units, place, kind

    def __call__(self, module: Any, _: object, output: Any) -> None:  # noqa: ANN401
        with suppress(Exception):
            self.units.see(self.place, self.kind, module, output)


def _moves(values: Any, kind: str) -> Any:  # noqa: ANN401 - tensors
    if kind == "relu":
        return values > 0
    if kind == "tanh":
        return values.abs() <= SATURATED
    return (values - 0.5).abs() <= SATURATED / 2


def _kind(module: Any) -> str:  # noqa: ANN401 - a module
    """Name of an activation as recipes have it; empty for another module."""
    name = type(module).__name__
    kinds = {"relu": RECTIFIED, "tanh": TANH, "sigmoid": SIGMOID}
    return next((kind for kind, names in kinds.items() if name in names), "")
