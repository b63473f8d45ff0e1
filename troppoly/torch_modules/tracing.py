"""PyTorch modules as circuits: ``forward`` is run once, on tensors of affine forms instead of numbers.

What it calls ends in the operators of ATen, a few hundred, and those that take a traced tensor are seen here; all
others are PyTorch's own.  So the code of a module runs as it does on numbers, with loops and conditions on shapes,
hooks, parametrizations, and TorchScript, and what depends on the values is refused where it happens.  Operators that
only move entries (:mod:`troppoly.circuit.entries`) run on these, memory that is written to included; the others are
in :data:`~troppoly.torch_modules.aten.OPERATIONS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troppoly.circuit.circuit import Wires, check_size
from troppoly.errors import InputError, TroppolyError, UnsupportedError, kind_of, require
from troppoly.torch_modules.places import words
from troppoly.torch_modules.run import Run

__all__ = ["module_outputs"]

_NO_INPUT_SIZE = (
    "A network needs an affine layer, from which its number of inputs is known; without one at its "
    "beginning give input_shape=(...), without the axis of the batch."
)

_SHAPELESS = ("Conv", "MaxPool", "AvgPool", "BatchNorm2", "BatchNorm3", "Adaptive", "Upsample", "Pixel")


def module_outputs(module: Any, input_shape: Sequence[int] | None = None, drop_final: bool = False) -> Wires:
    """Return the result of a PyTorch module as a value of a circuit; see :meth:`troppoly.Network.from_torch`.

    Without ``input_shape`` the number of inputs is the first length of a parameter with which ``forward`` runs, while
    it does not with one more.
    """
    torch = require("torch", extra="torch")
    if not isinstance(module, torch.nn.Module):
        raise UnsupportedError(f"A torch.nn.Module is needed, not {kind_of(module)}.")
    module = _unwrapped(module)
    for name, child in module.named_modules(remove_duplicate=False):
        tensors = [*child.parameters(recurse=False), *child.buffers(recurse=False)]
        if any(hasattr(p, "materialize") or p.is_meta for p in tensors):
            raise UnsupportedError(f"The {words(name, child)} has no weights yet.")
    if input_shape is None:
        return _inferred(torch, module, drop_final)
    shape = tuple(int(n) for n in input_shape)
    check_size(shape, "input")
    return Run(torch, module, shape, drop_final).result()


def _unwrapped(module: Any) -> Any:
    """The module inside of what torch.compile and the parallel wrappers make."""
    inner = {"OptimizedModule": "_orig_mod", "DataParallel": "module", "DistributedDataParallel": "module"}
    while type(module).__name__ in inner and hasattr(module, inner[type(module).__name__]):
        module = getattr(module, inner[type(module).__name__])
    return module


def _inferred(torch: Any, module: Any, drop_final: bool) -> Wires:
    """The result with the number of inputs that the parameters tell."""
    tensors = [p for p in [*module.parameters(), *module.buffers()] if p.ndim in (1, 2) and p.numel()]
    lengths = list(dict.fromkeys(n for p in tensors for n in reversed(p.shape)))
    failures = []
    for n in lengths or [1]:
        run = Run(torch, module, (n,), drop_final)
        try:
            result = run.result()
        except TroppolyError as error:
            failures.append((run.n_calls, run, error))
            continue
        longer = Run(torch, module, (n + 1,), drop_final)
        try:
            longer.result()
        except TroppolyError:
            return result
        raise InputError(_NO_INPUT_SIZE)
    _, run, failure = max(failures, key=lambda entry: entry[0])
    if run.place is not None and not run.multiplies and type(run.place).__name__.startswith(_SHAPELESS):
        raise InputError(
            f"The {words(run.names[id(run.place)], run.place)} does not tell the shape of the input; give "
            "input_shape=(channels, height, width), without the axis of the batch."
        ) from failure
    if run.n_calls == 0 and lengths and not isinstance(failure, UnsupportedError) and run.place is None:
        raise InputError(_NO_INPUT_SIZE) from failure
    raise failure
