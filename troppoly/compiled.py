"""The one place where functions are compiled: by numba, once for a machine, and kept beside the modules.

Compiled functions get all arrays from Python and allocate none, so they need no reference counts, and they release the
interpreter's lock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from llvmlite import ir
from numba import config, njit, types
from numba.extending import intrinsic

from troppoly.errors import UnsupportedError

__all__ = ["announce", "compiled", "inner", "lowest_bit", "n_bits", "prefetch"]

if config.DISABLE_JIT:
    raise UnsupportedError("The refinement runs only as compiled code; unset the environment's NUMBA_DISABLE_JIT.")

_MODULES = sorted((Path(__file__).parent / "refinement").glob("*.py"))

SOURCES = (Path(__file__), *(path for path in _MODULES if b"from troppoly.compiled import" in path.read_bytes()))
"""What compiled functions are made of."""

_cached = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is called, unless the cache has it, from the same sources.

    By itself numba looks at the module of the function only, not at those of the functions that it calls.
    """
    result: Any = _cached(function)
    index = result._cache._cache_file
    index._source_stamp = index._source_stamp, _digest(SOURCES)
    return result


@cache
def _digest(paths: tuple[Path, ...]) -> str:
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


inner = njit(
    nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False, forceinline=True
)
"""What only compiled functions call."""


@intrinsic
def prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask for an entry of an array before it is needed."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        entries = context.make_array(signature.args[0])(context, builder, arguments[0])
        offset = builder.mul(arguments[1], entries.itemsize)
        address = builder.add(builder.ptrtoint(entries.data, ir.IntType(64)), offset)
        kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte.as_pointer()], kind)
        builder.call(function, [builder.inttoptr(address, byte.as_pointer()), word(0), word(3), word(1)])
        return context.get_dummy_value()

    byte, word = ir.IntType(8), ir.IntType(32)
    return types.void(array, types.int64), generate


@intrinsic
def n_bits(typing: Any, word: Any) -> Any:
    """How many bits of a word are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def lowest_bit(typing: Any, word: Any) -> Any:
    """Which bit of a word that is not 0 is the lowest that is set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.uint64(types.uint64), generate


def announce(function: Any) -> None:
    """Say that a function is going to be compiled, unless that was done on this machine, from the same sources."""
    if not function.overloads and not function._cache._cache_file._load_index():
        logging.getLogger("troppoly").warning(
            "Compiling the refinement, once for this machine (less than a minute) ..."
        )
