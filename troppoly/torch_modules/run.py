"""A run of a PyTorch module on traced tensors, operator by operator."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import inf, prod
from typing import Any, NoReturn

import numpy as np

from troppoly.circuit.circuit import LARGEST_ARRAY, Circuit, Wires, check_size
from troppoly.errors import ShapeError, TroppolyError, UnsupportedError, require
from troppoly.torch_modules import activations, arithmetic, images  # noqa: F401
from troppoly.torch_modules.activations import chosen
from troppoly.torch_modules.calls import OPERATIONS, Call, Place
from troppoly.torch_modules.forms import Forms, traced_type
from troppoly.torch_modules.operators import (
    COMPARISONS,
    CURVED,
    FILLINGS,
    FINALS,
    GROWING,
    INDICES,
    JUMPING,
    KEEP_NOTE,
    MOVES,
    PRODUCTS,
    SHAPE_ONLY,
)
from troppoly.torch_modules.places import detail_of, outwards, place_of, script_line, words

__all__ = ["Run"]

_CUT = "cut the network before it"


class Run:
    """One run of a module on traced tensors."""

    def __init__(self, torch: Any, module: Any, shape: tuple[int, ...], drop_final: bool) -> None:
        self.torch, self.module, self.drop_final = torch, module, drop_final
        self.circuit = Circuit(prod(shape))
        self.forms = Forms(self.circuit)
        self.traced = traced_type()
        self.names: dict[int, str] = {}
        for name, child in module.named_modules():
            self.names[id(child)] = name
        tensors = [*module.parameters(), *module.buffers()]
        self.fixed = {p.untyped_storage().data_ptr() for p in tensors}
        self.written: dict[int, tuple[Any, Any, Any]] = {}
        self.dtype = next((p.dtype for p in tensors if p.is_floating_point()), torch.float32)
        self.input = self._wrap(self.forms.inputs(shape), self.dtype)
        self.n_calls, self.multiplies = 0, False
        self.error: TroppolyError | None = None
        self.place: Any = None  # the module that the error is in

    def result(self) -> tuple[Circuit, Wires]:
        """Run the module."""
        torch, run = self.torch, self

        class Mode(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[misc, name-defined]
            def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                return run.call(func, args, kwargs or {})

        require("torch.utils._python_dispatch", extra="torch")
        where = words("", self.module)
        with ExitStack() as stack:
            if "torch._dynamo" in sys.modules:
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            stack.enter_context(torch.no_grad())
            stack.enter_context(self._restoring())
            stack.enter_context(Mode())
            try:
                output = self.module(self.input)
            except Exception as error:
                if self.error is not None:
                    script = detail_of(script_line(str(error)), [])
                    raise type(self.error)(f"{str(self.error).removesuffix('.')}{script}.") from None
                self._raise(error, where)
        if isinstance(output, (tuple, list)) and len(output) == 1:
            output = output[0]
        if isinstance(output, torch.Tensor):
            output = self._current(output)
        if not isinstance(output, self.traced):
            kind = type(output).__name__
            raise UnsupportedError(f"The {where} returns {kind}, not one tensor that is computed from the input.")
        if output.compared or (output.note and not output.note.startswith("is a ")):
            raise UnsupportedError(f"The {where} returns a value that {output.note}.")
        try:
            return self.circuit, self.forms.result(output.entries.numpy().astype(np.int64))
        except UnsupportedError as error:
            raise UnsupportedError(f"The {where} {error}.") from None

    @contextmanager
    def _restoring(self) -> Iterator[None]:
        """Keep the buffers of the module, and tensors that are written to, as they are."""
        before = [(buffer, buffer.detach().clone(), buffer._version) for buffer in self.module.buffers()]
        try:
            yield
        finally:
            for buffer, copy, version in before:
                if buffer._version != version:
                    buffer.copy_(copy)
            for whole, _, copy in self.written.values():
                whole.copy_(copy)

    def call(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """An operator that is called in the run."""
        tree_map = self.torch.utils._pytree.tree_map
        if self.written:
            args, kwargs = tree_map(self._current, (args, kwargs))
        leaves = self.torch.utils._pytree.tree_leaves((args, kwargs))
        traced = [leaf for leaf in leaves if isinstance(leaf, self.traced)]
        if not traced and self.torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **kwargs)
        base = func._schema.name.partition("::")[2].strip("_")
        frames = ((frame, frame.f_lineno) for frame in outwards(sys._getframe(1)))
        owner, line = place_of(frames, self.names, self.module)
        at = self._call_at(owner, base, traced)
        detail = detail_of(line, traced)
        try:
            result = self._apply(at, func, base, args, kwargs, traced)
        except (RuntimeError, IndexError, ValueError, TypeError, AssertionError, ArithmeticError) as error:
            if isinstance(error, TroppolyError):
                described: TroppolyError = type(error)(f"{str(error).removesuffix('.')}{detail}.")
            else:
                reason = str(error).strip().partition("\n")[0]
                described = ShapeError(f"The {at.where} has arguments that do not fit ({reason}){detail}.")
            if self.error is None:
                self.error, self.place = described, owner
            raise described from error
        self.n_calls += 1
        self.multiplies = self.multiplies or base in PRODUCTS
        return result

    def _call_at(self, owner: Any, base: str, traced: list[Any]) -> Call:
        path = self.names.get(id(owner), "")
        inside = words(path, owner)
        single = any(leaf.dtype == self.torch.float64 for leaf in traced)
        kind = np.float64 if single else np.float32
        function = base.removeprefix("native_")
        own = type(owner).__module__.startswith("torch.nn.") and not hasattr(owner, "original_name")
        where = inside if own else f"function {function!r} in {inside}"
        return Call(path or (type(owner).__name__ if own else function), where, kind, self.forms, self.drop_final)

    def _apply(self, at: Call, func: Any, base: str, args: Any, kwargs: Any, traced: list[Any]) -> Any:
        schema = func._schema
        named = dict(zip((a.name for a in schema.arguments), args, strict=False)) | kwargs
        if self.torch.Tag.nondeterministic_seeded in func.tags and base not in CURVED.union(OPERATIONS):
            dropout = base in ("bernoulli", "native_dropout")
            at.refuse(
                "is in training mode, where it is random; call eval() first"
                if dropout
                else "is random, so that the module is no function of its input"
            )
        if base in SHAPE_ONLY:
            plain = {k: self._blank(v) for k, v in named.items()}
            return func(plain.pop("self"), **plain)
        if base in ("isnan", "isinf"):  # values are rational numbers
            return self.torch.zeros(named["self"].shape, dtype=self.torch.bool)
        same, other = named.get("self") is named.get("other"), named.get("other")
        if base in ("eq", "ne") and (same or (isinstance(other, float) and abs(other) == inf)):  # isfinite
            value = same == (base == "eq")
            return self.torch.full(named["self"].shape, value, dtype=self.torch.bool)
        if base == "local_scalar_dense":
            return self._number(at, named["self"])
        if base in FINALS and self.drop_final and not schema.is_mutable:
            value = named["self"]
            entries = at.along(value, named["dim"], lambda x: x) if "dim" in named else at.entries(value)
            note = f"is a {base}, which is left out and must be the last"
            return self._wrap(entries, value.dtype, note)
        if sum(bool(leaf.note) for leaf in traced) > 1:
            at.refuse("joins comparisons, or places of maxima, which is not known to be continuous")
        if any(leaf.compared for leaf in traced):
            return self._compared(at, func, base, named)
        note = next((leaf.note for leaf in traced if leaf.note), "")
        if note and (len(traced) > 1 or base not in (KEEP_NOTE if note.startswith("is a ") else MOVES)):
            at.refuse(f"takes a value that {note}")
        if base in MOVES and not named.get("accumulate") and not named.get("reduce"):
            return self._moved(at, func, base, named, note)
        function = OPERATIONS.get(base)
        if function is None:
            reason = (
                "it is not piecewise linear"
                if base in CURVED
                else "it is not continuous"
                if base in JUMPING
                else "it is not known to be piecewise linear"
            )
            final = "; if nothing follows and only the decision matters, drop_final=True leaves it out"
            at.refuse(
                f"is not supported, since {reason}; {_CUT}{final if base in FINALS and not self.drop_final else ''}"
            )
        target = named.pop("out", None)
        for name in ("dtype", "layout", "device", "memory_format"):
            named.pop(name, None)
        if base in COMPARISONS and schema.is_mutable:
            at.refuse("writes a comparison to memory, which is not supported")
        result = function(at, **named)
        if schema.is_mutable:
            return self._write(at, named["self"] if target is None else target, result)
        dtype = next((leaf.dtype for leaf in traced if leaf.dtype.is_floating_point), self.dtype)
        if base in COMPARISONS:
            return self._wrap(result, self.torch.bool, "compares numbers", compared=True)
        if isinstance(result, tuple):
            return tuple(self._wrap_part(part, dtype) for part in result)
        return self._wrap(result, dtype)

    def _wrap(self, entries: Any, dtype: Any, note: str = "", compared: bool = False) -> Any:
        _check(entries.shape, "result")
        tensor = self.torch.from_numpy(np.ascontiguousarray(entries).astype(np.float64))
        return self.traced(tensor, dtype, note, compared)

    def _wrap_part(self, part: Any, dtype: Any) -> Any:
        if not isinstance(part, Place):
            return self._wrap(part, dtype)
        note = "is the place of a maximum or minimum, which is not continuous"
        return self.traced(self.torch.zeros(part.shape, dtype=self.torch.float64), self.torch.int64, note)

    def _blank(self, value: Any) -> Any:
        """A constant tensor of the same shape and type."""
        if not isinstance(value, self.traced):
            return value
        return self.torch.empty(value.shape, dtype=value.dtype)

    def _current(self, value: Any) -> Any:
        """A traced view of a tensor whose memory was written to."""
        if not isinstance(value, self.torch.Tensor) or isinstance(value, self.traced):
            return value
        if value.layout != self.torch.strided:
            return value
        found = self.written.get(value.untyped_storage().data_ptr())
        if found is None:
            return value
        view = found[1].as_strided(value.size(), value.stride(), value.storage_offset())
        return self.traced(view, value.dtype)

    def _target(self, at: Call, value: Any) -> Any:
        """The traced tensor that a tensor becomes when a value is written to it."""
        if isinstance(value, self.traced):
            return value
        storage = value.untyped_storage()
        if storage.data_ptr() in self.fixed:
            at.refuse("writes a value that depends on the input to a parameter or buffer")
        if not value.is_floating_point():
            at.refuse(f"writes a value that depends on the input to a tensor of type {value.dtype}")
        whole = value.as_strided((storage.nbytes() // value.element_size(),), (1,), 0)
        entries = self.torch.from_numpy(at.entries(whole, may_be_unset=True).astype(np.float64))
        self.written[storage.data_ptr()] = (whole, entries, whole.clone())
        whole.fill_(float("nan"))  # what reads it otherwise than by operators is found
        return self._current(value)

    def _write(self, at: Call, target: Any, result: Any) -> Any:
        """Write entries to a tensor in place."""
        if isinstance(result, tuple):
            at.refuse("writes to several tensors, which is not supported")
        entries = self.torch.from_numpy(np.ascontiguousarray(result).astype(np.float64))
        if tuple(target.shape) != tuple(entries.shape):
            raise ShapeError(f"The {at.where} writes shape {tuple(entries.shape)} to shape {tuple(target.shape)}.")
        self._target(at, target).entries.copy_(entries)
        return target

    def _moved(self, at: Call, func: Any, base: str, named: dict[str, Any], note: str) -> Any:
        """An operator that only moves entries, on the entries."""
        torch, tree_map = self.torch, self.torch.utils._pytree.tree_map
        schema, target = func._schema, named.get("self")
        dtype = named.pop("dtype", None)
        for name in ("layout", "device", "pin_memory", "non_blocking"):
            named.pop(name, None)
        if dtype is not None and not dtype.is_floating_point:
            at.refuse(f"rounds a value that depends on the input to the type {dtype}, which is not continuous")
        if schema.is_mutable and target is not None and not isinstance(target, self.traced):
            named["self"] = self._target(at, target)

        def entries(value: Any) -> Any:
            if isinstance(value, self.traced):
                return value.entries
            if isinstance(value, torch.Tensor):
                return torch.from_numpy(at.entries(value).astype(np.float64))
            return value

        moved: dict[str, Any] = {
            key: value
            if key in INDICES
            else float(at.entries(value)[()])
            if key in FILLINGS and isinstance(value, (int, float))
            else tree_map(entries, value)
            for key, value in named.items()
        }
        if base == "constant_pad_nd" and "value" not in moved:
            moved["value"] = 0.0
        if base == "to_copy":
            result = moved["self"].clone(memory_format=moved.get("memory_format", torch.preserve_format))
        else:
            if base in GROWING:
                on_meta = tree_map(lambda v: v.to("meta") if isinstance(v, torch.Tensor) else v, moved)
                _check(func(**on_meta).shape, f"result of the {at.where}")
            result = func(**moved)
        if torch.Tag.inplace_view in func.tags and isinstance(target, self.traced):
            with torch.utils._mode_utils.no_dispatch():
                func(**{**named, "self": target})
        if schema.is_mutable:
            return target
        sources = torch.utils._pytree.tree_leaves(named)
        kind = dtype or next(leaf.dtype for leaf in sources if isinstance(leaf, self.traced))

        def wrapped(value: Any) -> Any:
            if not isinstance(value, torch.Tensor):
                return value
            check_size((value.numel(),), f"result of the {at.where}", 2 * LARGEST_ARRAY) if value.numel() else None
            return self.traced(value, kind, note)

        return tree_map(wrapped, result)

    def _compared(self, at: Call, func: Any, base: str, named: dict[str, Any]) -> Any:
        """An operator that takes the result of a comparison."""
        value: Any = named.get("self")
        gap, first, second = None, None, value
        if base == "where":
            gap, first, second = named["condition"], value, named["other"]
        elif base == "masked_fill":
            gap, first = named["mask"], named["value"]
        elif base in ("index_put", "index_put_impl") and len(named["indices"]) == 1:
            gap, first = None if named.get("accumulate") else named["indices"][0], named["values"]
        elif base == "mul":
            factors = (value, named["other"])
            gap, first = factors if getattr(value, "compared", False) else factors[::-1]
            second = 0
        elif base in ("bitwise_not", "logical_not"):
            result = OPERATIONS["neg"](at, value)
            if func._schema.is_mutable:
                return self._write(at, named.get("out", value), result)
            return self._wrap(result, self.torch.bool, value.note, compared=True)
        elif base == "to_copy":
            return self.traced(value.entries, named.get("dtype") or value.dtype, value.note, compared=True)
        elif base in KEEP_NOTE and not func._schema.is_mutable:
            tree = {k: v.entries if isinstance(v, self.traced) else v for k, v in named.items()}
            return self.traced(func(**tree), value.dtype, value.note, compared=True)
        sides = (first, second)
        target = named.get("out", value) if func._schema.is_mutable else None
        if getattr(gap, "compared", False) and not any(getattr(other, "compared", False) for other in (*sides, target)):
            result = chosen(at, at.entries(gap), first, second)
            if target is not None:
                return self._write(at, target, result)
            dtype = next((side.dtype for side in sides if isinstance(side, self.traced)), self.dtype)
            return self._wrap(result, dtype)
        return at.refuse(
            "uses a comparison otherwise than to choose between two values, which is not known to be continuous; "
            + _CUT
        )

    def _number(self, at: Call, value: Any) -> Any:
        """A number that is taken out of a tensor."""
        entries = at.entries(value)
        if value.note or not self.forms.is_constant(entries).all():
            at.refuse(
                "takes a number out of a value that depends on the input, as `if`, float() and item() do, so that "
                "other inputs may be computed in another way"
            )
        return float(at.array(value, "number").ravel()[0])

    def _raise(self, error: Exception, where: str) -> NoReturn:
        """What the code of the module raises, as an error of this library."""
        frames = list(traceback.walk_tb(error.__traceback__))[::-1]
        owner, line = place_of(frames, self.names, self.module)
        self.place = owner
        if isinstance(error, TroppolyError):
            raise error
        reason = str(error).strip().partition("\n")[0]
        raised = (
            f"The {words(self.names[id(owner)], owner)} raises {type(error).__name__} ({reason}){detail_of(line, [])}"
        )
        if isinstance(error, (RuntimeError, IndexError)) and any(
            word in reason for word in ("shape", "size", "dimension", "channels", "Dimension")
        ):
            raise ShapeError(f"{raised} for an input of shape {tuple(self.input.shape[1:])}.") from error
        raise UnsupportedError(f"{raised}, so the {where} cannot be followed.") from error


def _check(shape: Sequence[int], where: str) -> None:
    """Check the size of a result, for one of the two points if the first axis is theirs."""
    if 0 not in shape:
        alone = tuple(shape[1:]) if tuple(shape[:1]) == (2,) else tuple(shape)
        check_size(alone, where, LARGEST_ARRAY if len(alone) < len(shape) else 2 * LARGEST_ARRAY)
