"""A run of a PyTorch module on traced tensors, operator by operator."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import inf, prod
from typing import Any, NoReturn

import numpy as np

from troppoly.circuit.circuit import LARGEST_ARRAY, Circuit, Wires, check_size
from troppoly.circuit.entries import Forms
from troppoly.circuit.operations import CUT
from troppoly.errors import ShapeError, TroppolyError, UnsupportedError, require
from troppoly.torch_modules import operator_kinds
from troppoly.torch_modules.aten import OPERATIONS, chosen
from troppoly.torch_modules.calls import COMPARED, PLACE, AtenCall, Note, traced_type
from troppoly.torch_modules.places import detail_of, place_of, script_line, words

__all__ = ["Run"]

_NUMBER = (
    "takes a number out of a value that depends on the input, as `if`, float() and item() do, so that other inputs "
    "may be computed in another way"
)
_OTHERWISE = "uses a comparison otherwise than to choose between two values, which is not known to be continuous"


class Run:
    """One run of a module on a batch of two traced points."""

    def __init__(self, torch: Any, module: Any, shape: tuple[int, ...], drop_final: bool) -> None:
        self.torch, self.module, self.drop_final = torch, module, drop_final
        self.traced, self.tree = traced_type(), torch.utils._pytree
        self.forms = Forms(Circuit(prod(shape)), 2)
        self.names = {id(child): name for name, child in module.named_modules()}
        tensors = [*module.parameters(), *module.buffers()]
        self.fixed = {p.untyped_storage().data_ptr() for p in tensors}
        self.written: dict[int, tuple[Any, Any, Any]] = {}  # by memory: the tensor, its entries, what it was
        self.dtype = next((p.dtype for p in tensors if p.is_floating_point()), torch.get_default_dtype())
        self.input = self._wrap(self.forms.inputs(self.forms.circuit.inputs((1, *shape)), 0), self.dtype)
        self.n_calls, self.multiplies = 0, False
        self.error: TroppolyError | None = None
        self.place: Any = None  # the module that the error is in

    def result(self) -> Wires:
        """Run the module, and return its result at the first point."""
        torch, run = self.torch, self
        require("torch.utils._python_dispatch", extra="torch")

        class Mode(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[misc, name-defined]
            def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                return run.call(func, args, kwargs or {})

        where = words("", self.module)
        with ExitStack() as stack:
            if "torch._dynamo" in sys.modules:
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            for context in (torch.no_grad(), self._restoring(), Mode()):
                stack.enter_context(context)
            try:
                output = self.module(self.input)
            except Exception as error:
                if self.error is not None:
                    script = detail_of(script_line(str(error)), [])
                    raise type(self.error)(f"{str(self.error).removesuffix('.')}{script}.") from None
                self._raise(error, where)
        if isinstance(output, (tuple, list)) and len(output) == 1:
            output = output[0]
        output = self._current(output)
        if not isinstance(output, self.traced):
            kind = type(output).__name__
            raise UnsupportedError(f"The {where} returns {kind}, not one tensor that is computed from the input.")
        if output.note in (COMPARED, PLACE):
            raise UnsupportedError(f"The {where} returns a value that {output.note.words}.")
        at = AtenCall("", where, self.forms, np.float64)
        entries = at.entries(output)
        if entries.ndim == 0 or len(entries) != 2:
            at.refuse(f"makes shape {entries.shape} of a batch of 2, which does not keep the points of a batch apart")
        if self.forms.points(entries.reshape(2, -1)) is None:
            at.refuse_points()
        value = self.forms.result(entries, 0)
        if value is None:
            at.refuse("is not seen to treat the points of a batch alike")
        return value

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
        if self.written:
            args, kwargs = self.tree.tree_map(self._current, (args, kwargs))
        traced = [leaf for leaf in self.tree.tree_leaves((args, kwargs)) if isinstance(leaf, self.traced)]
        if not traced and self.torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **kwargs)
        base = func._schema.name.partition("::")[2].strip("_")
        owner, line = place_of(traceback.walk_stack(sys._getframe(1)), self.names, self.module)
        at = self._call_at(owner, base, traced)
        named = dict(zip((a.name for a in func._schema.arguments), args, strict=False)) | kwargs
        detail = detail_of(line, traced)
        try:
            result = self._apply(at, func, base, named, traced)
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
        self.multiplies = self.multiplies or base in operator_kinds.PRODUCTS
        return result

    def _call_at(self, owner: Any, base: str, traced: list[Any]) -> AtenCall:
        path = self.names.get(id(owner), "")
        kind = np.float64 if any(leaf.dtype == self.torch.float64 for leaf in traced) else np.float32
        function, where = base.removeprefix("native_"), words(path, owner)
        if type(owner).__module__.startswith("torch.nn.") and not hasattr(owner, "original_name"):
            return AtenCall(path or type(owner).__name__, where, self.forms, kind)
        return AtenCall(path or function, f"function {function!r} in {where}", self.forms, kind)

    def _apply(self, at: AtenCall, func: Any, base: str, named: dict[str, Any], traced: list[Any]) -> Any:
        torch, schema = self.torch, func._schema
        value: Any = named.get("self")
        if torch.Tag.nondeterministic_seeded in func.tags and base not in operator_kinds.CURVED.union(OPERATIONS):
            if base in ("bernoulli", "native_dropout"):
                at.refuse("is in training mode, where it is random; call eval() first")
            at.refuse("is random, so that the module is not a function of its input")
        if base in operator_kinds.SHAPE_ONLY:
            return func(torch.empty(value.shape, dtype=value.dtype), **{k: v for k, v in named.items() if k != "self"})
        if base in ("isnan", "isinf"):  # values are rational numbers
            return torch.zeros(value.shape, dtype=torch.bool)
        same, other = value is named.get("other"), named.get("other")
        if base in ("eq", "ne") and (same or (isinstance(other, float) and abs(other) == inf)):  # isfinite
            return torch.full(value.shape, same == (base == "eq"), dtype=torch.bool)
        if base == "local_scalar_dense":
            if value.note or not self.forms.is_constant(at.entries(value)).all():
                at.refuse(_NUMBER)
            return float(at.array(value, "number").ravel()[0])
        if base in operator_kinds.FINALS and self.drop_final and not schema.is_mutable:
            entries = at.along(value, named["dim"], lambda x: x) if "dim" in named else at.entries(value)
            left_out = Note(f"is a {base}, which is left out and must be the last", operator_kinds.KEEP_NOTE)
            return self._wrap(entries, value.dtype, left_out)
        notes = [leaf.note for leaf in traced if leaf.note]
        if len(notes) > 1:
            at.refuse("joins comparisons, or places of maxima, which is not known to be continuous")
        if COMPARED in notes:
            return self._compared(at, func, base, named)
        note = notes[0] if notes else None
        if note and (len(traced) > 1 or base not in note.taken_by):
            at.refuse(f"takes a value that {note.words}")
        if base in operator_kinds.MOVES and not named.get("accumulate") and not named.get("reduce"):
            return self._moved(at, func, base, named, note)
        if base not in OPERATIONS:
            known = "" if base in operator_kinds.CURVED else "known to be "
            reason = "continuous" if base in operator_kinds.JUMPING else f"{known}piecewise linear"
            final = base in operator_kinds.FINALS and not self.drop_final
            hint = "; if nothing follows and only the decision matters, drop_final=True leaves it out" if final else ""
            at.refuse(f"is not supported, since it is not {reason}; {CUT}{hint}")
        target = named.pop("out", None)
        for name in ("dtype", "layout", "device", "memory_format"):
            named.pop(name, None)
        if base in operator_kinds.COMPARISONS and schema.is_mutable:
            at.refuse("writes a comparison to memory, which is not supported")
        result = OPERATIONS[base](at, **named)
        if schema.is_mutable:
            return self._write(at, value if target is None else target, result)
        if base in operator_kinds.COMPARISONS:
            return self._wrap(result, torch.bool, COMPARED)
        dtype = next((leaf.dtype for leaf in traced if leaf.dtype.is_floating_point), self.dtype)
        if not isinstance(result, tuple):
            return self._wrap(result, dtype)
        index = torch.zeros(result[0].shape, dtype=torch.float64)
        places = self.traced(index, torch.int64, PLACE)
        return tuple(places if part is None else self._wrap(part, dtype) for part in result)

    def _wrap(self, entries: Any, dtype: Any, note: Note | None = None) -> Any:
        """Entries as a traced tensor."""
        _check_size(entries.shape, "result")
        return self.traced(self._numbers(entries), dtype, note)

    def _numbers(self, entries: Any) -> Any:
        """Entries as a tensor of floats, on which PyTorch moves them."""
        return self.torch.from_numpy(np.ascontiguousarray(entries).astype(np.float64))

    def _current(self, value: Any) -> Any:
        """A traced view of a tensor whose memory was written to."""
        strided = isinstance(value, self.torch.Tensor) and value.layout == self.torch.strided
        if strided and not isinstance(value, self.traced):
            found = self.written.get(value.untyped_storage().data_ptr())
            if found is not None:
                entries = found[1].as_strided(value.size(), value.stride(), value.storage_offset())
                return self.traced(entries, value.dtype)
        return value

    def _target(self, at: AtenCall, value: Any) -> Any:
        """The traced tensor that a tensor becomes when a value is written to it."""
        if isinstance(value, self.traced):
            return value
        storage = value.untyped_storage()
        if storage.data_ptr() in self.fixed:
            at.refuse("writes a value that depends on the input to a parameter or buffer")
        if not value.is_floating_point():
            at.refuse(f"writes a value that depends on the input to a tensor of type {value.dtype}")
        whole = value.as_strided((storage.nbytes() // value.element_size(),), (1,), 0)
        self.written[storage.data_ptr()] = (whole, self._numbers(at.entries(whole, may_be_unset=True)), whole.clone())
        whole.fill_(float("nan"))  # what reads it otherwise than by operators is found
        return self._current(value)

    def _write(self, at: AtenCall, target: Any, result: Any) -> Any:
        """Write entries to a tensor in place."""
        if isinstance(result, tuple):
            at.refuse("writes to several tensors, which is not supported")
        if tuple(target.shape) != result.shape:
            raise ShapeError(f"The {at.where} writes shape {result.shape} to shape {tuple(target.shape)}.")
        self._target(at, target).entries.copy_(self._numbers(result))
        return target

    def _moved(self, at: AtenCall, func: Any, base: str, named: dict[str, Any], note: Note | None) -> Any:
        """An operator that only moves entries, on the entries."""
        torch, tree_map = self.torch, self.tree.tree_map
        schema, target, dtype = func._schema, named.get("self"), named.pop("dtype", None)
        for name in ("layout", "device", "pin_memory", "non_blocking"):
            named.pop(name, None)
        if dtype is not None and not dtype.is_floating_point:
            at.refuse(f"rounds a value that depends on the input to the type {dtype}, which is not continuous")
        if schema.is_mutable and target is not None:
            named["self"] = self._target(at, target)

        def entries(value: Any) -> Any:
            if isinstance(value, self.traced):
                return value.entries
            return self._numbers(at.entries(value)) if isinstance(value, torch.Tensor) else value

        moved: dict[str, Any] = {"value": 0.0} if base == "constant_pad_nd" else {}
        for key, value in named.items():
            if key == "value" and isinstance(value, (int, float)):  # a number among the entries
                moved[key] = float(at.entries(value)[()])
            else:
                moved[key] = value if key in operator_kinds.INDICES else tree_map(entries, value)
        if base == "to_copy":
            result = moved["self"].clone(memory_format=moved.get("memory_format", torch.preserve_format))
        else:
            if base in operator_kinds.GROWING:
                on_meta = tree_map(lambda v: v.to("meta") if isinstance(v, torch.Tensor) else v, moved)
                _check_size(func(**on_meta).shape, f"result of the {at.where}")
            result = func(**moved)
        if torch.Tag.inplace_view in func.tags and isinstance(target, self.traced):
            with torch.utils._mode_utils.no_dispatch():
                func(**{**named, "self": target})
        if schema.is_mutable:
            return target
        kind = dtype or next(leaf.dtype for leaf in self.tree.tree_leaves(named) if isinstance(leaf, self.traced))

        def wrapped(value: Any) -> Any:
            if not isinstance(value, torch.Tensor):
                return value
            check_size((value.numel(),), f"result of the {at.where}", 2 * LARGEST_ARRAY) if value.numel() else None
            return self.traced(value, kind, note)

        return tree_map(wrapped, result)

    def _compared(self, at: AtenCall, func: Any, base: str, named: dict[str, Any]) -> Any:
        """An operator that takes the result of a comparison."""
        value: Any = named.get("self")
        mutable, gap, first, second = func._schema.is_mutable, None, None, value
        if base == "where":
            gap, first, second = named["condition"], value, named["other"]
        elif base == "masked_fill":
            gap, first = named["mask"], named["value"]
        elif base in ("index_put", "index_put_impl") and len(named["indices"]) == 1:
            gap, first = None if named.get("accumulate") else named["indices"][0], named["values"]
        elif base == "mul":
            factors = (value, named["other"])
            gap, first = factors if _is_compared(value) else factors[::-1]
            second = 0
        elif base in ("bitwise_not", "logical_not"):
            result = OPERATIONS["neg"](at, value)
            if mutable:
                return self._write(at, named.get("out", value), result)
            return self._wrap(result, self.torch.bool, COMPARED)
        elif base == "to_copy":
            return self.traced(value.entries, named.get("dtype") or value.dtype, COMPARED)
        elif base in operator_kinds.KEEP_NOTE and not mutable:
            tree = {k: v.entries if isinstance(v, self.traced) else v for k, v in named.items()}
            return self.traced(func(**tree), value.dtype, COMPARED)
        sides = (first, second)
        target = named.get("out", value) if mutable else None
        if not _is_compared(gap) or any(map(_is_compared, (*sides, target))):
            at.refuse(f"{_OTHERWISE}; {CUT}")
        result = chosen(at, at.entries(gap), first, second)
        if target is not None:
            return self._write(at, target, result)
        return self._wrap(result, next((side.dtype for side in sides if isinstance(side, self.traced)), self.dtype))

    def _raise(self, error: Exception, where: str) -> NoReturn:
        """What the code of the module raises, as an error of this library."""
        frames = list(traceback.walk_tb(error.__traceback__))[::-1]
        owner, line = place_of(frames, self.names, self.module)
        self.place = owner
        if isinstance(error, TroppolyError):
            raise error
        reason = str(error).strip().partition("\n")[0]
        position, detail = words(self.names[id(owner)], owner), detail_of(line, [])
        raised = f"The {position} raises {type(error).__name__} ({reason}){detail}"
        if isinstance(error, (RuntimeError, IndexError)) and not self._runs_on_numbers():
            raise ShapeError(f"{raised} for an input of shape {tuple(self.input.shape[1:])}.") from error
        raise UnsupportedError(f"{raised}, so the {where} cannot be followed.") from error

    def _runs_on_numbers(self) -> bool:
        """Whether PyTorch runs the module on a batch of this shape."""
        torch = self.torch
        try:
            with torch.no_grad(), self._restoring(), torch.random.fork_rng(devices=[]):
                self.module(torch.zeros(self.input.shape, dtype=self.dtype))
        except Exception:  # whatever the code of the module raises
            return False
        return True


def _is_compared(value: Any) -> bool:
    return getattr(value, "note", None) is COMPARED


def _check_size(shape: tuple[int, ...], where: str) -> None:
    """Check the size of a result, for one of the two points if the first axis is theirs."""
    alone, limit = (shape[1:], LARGEST_ARRAY) if shape[:1] == (2,) else (shape, 2 * LARGEST_ARRAY)
    if 0 not in shape:
        check_size(tuple(alone), where, limit)
