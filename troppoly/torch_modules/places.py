"""Where in the code of a PyTorch module something happens: the submodule, the line, the value."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from troppoly.errors import require

__all__ = ["detail_of", "place_of", "script_line", "words"]


def words(name: str, module: Any) -> str:
    """Words for a module and its position."""
    kind = getattr(module, "original_name", type(module).__name__)
    return f"layer {name!r} ({kind})" if name else f"module {kind}"


def place_of(
    frames: Iterable[tuple[Any, int]], names: Mapping[int, str], root: Any
) -> tuple[Any, tuple[str, int] | None]:
    """Return the innermost module of some frames, and the line of its code if it is not PyTorch's own.

    The frames come from the innermost outwards, with their lines; ``names`` has the submodules of ``root`` by identity.
    """
    torch = require("torch", extra="torch")
    library, own = str(Path(torch.__file__).parent), str(Path(__file__).parent)
    line = None
    for frame, number in frames:
        code = frame.f_code
        if line is None and not code.co_filename.startswith((library, own, "<frozen", "<string")):
            line = (code.co_filename, number)
        if code.co_argcount:
            owner = frame.f_locals.get(code.co_varnames[0])
            if isinstance(owner, torch.nn.Module) and id(owner) in names:
                return owner, line
    return root, line


def detail_of(line: tuple[str, int] | None, traced: list[Any]) -> str:
    """Words for a line of code, and the value that it works on."""
    parts = []
    if line is not None:
        text = linecache.getline(*line).strip()
        text = text if len(text) <= 80 else f"{text[:80]}..."
        parts.append(f"line {line[1]} of {Path(line[0]).name}" + (f", `{text}`" if text else ""))
    if traced:
        shape = tuple(traced[0].shape)
        shown = ", ".join(["N", *map(str, shape[1:])]) if shape[:1] == (2,) else ", ".join(map(str, shape))
        parts.append(f"on a value of shape ({shown})")
    return f" ({', '.join(parts)})" if parts else ""


def script_line(message: str) -> tuple[str, int] | None:
    r"""Return the innermost line that an error of the interpreter of TorchScript tells, if it is one.

    >>> script_line('Traceback of TorchScript (most recent call last):\n  File "net.py", line 7, in forward')
    ('net.py', 7)
    """
    scripted = re.findall(r'^ *File "(.+)", line (\d+), in', message, re.MULTILINE)
    traced = re.findall(r"^(\S+)\((\d+)\): \w+$", message, re.MULTILINE)
    if "TorchScript" not in message or not (scripted or traced):
        return None
    path, number = scripted[-1] if scripted else traced[0]
    return path, int(number)
