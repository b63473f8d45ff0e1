"""Networks in ``.nnet`` files, the text format of the ACAS Xu networks (Katz and others, CAV 2017).

After comments that start with ``//`` come lines of numbers with commas between: the number of layers, of inputs, of
outputs and of units in the widest layer; the sizes of all layers, inputs first; a flag that nothing reads; least and
greatest values, means and ranges of the inputs (and of the output), by which the inputs are to be normalized; then for
every layer the rows of its weights and its biases, one a line.  Between the layers is ReLU.

The network is that of the *normalized* inputs and outputs, on which properties are stated: the numbers for
normalization are checked to be numbers, and not used.  Decimals are read as what they are, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gmpy2 import mpq

from troppoly.circuit.layer import Layer
from troppoly.errors import FileFormatError, InputError
from troppoly.exact import rational

__all__ = ["nnet_layers"]


def nnet_layers(content: bytes) -> tuple[Layer, ...]:
    """Return the layers in a file; raises FileFormatError, which names the line.

    >>> text = "// roof |2,1,1,2,|1,2,1,|0,|-1,|1,|0,0,|1,1,|1.0,|-1,|0,|0,|1,0.5,|1,".replace("|", chr(10))
    >>> [layer.weight.tolist() for layer in nnet_layers(text.encode())]
    [[[mpq(1,1)], [mpq(-1,1)]], [[mpq(1,1), mpq(1,2)]]]
    """
    lines = _lines(content)
    (n_layers, n_inputs, n_outputs, _) = _integers(lines, 4, "numbers of layers, inputs, outputs and units")
    if n_layers > len(content):
        raise FileFormatError(f"The file declares {n_layers} layers, which it is too short for.")
    sizes = _integers(lines, n_layers + 1, "sizes of the layers")
    if n_layers < 1 or min(sizes) < 1 or (sizes[0], sizes[-1]) != (n_inputs, n_outputs):
        raise FileFormatError(
            f"The sizes of the layers are {sizes}, not from {n_inputs} inputs to {n_outputs} outputs."
        )
    _numbers(lines, None, "flag")
    for count, what in ((0, "least inputs"), (0, "greatest inputs"), (1, "means"), (1, "ranges")):
        _numbers(lines, n_inputs + count, what)
    layers = []
    for i, (n, m) in enumerate(pairwise(sizes)):
        weight = [_numbers(lines, n, f"row {row} of the weights of layer {i}") for row in range(m)]
        bias = [_numbers(lines, 1, f"bias {row} of layer {i}")[0] for row in range(m)]
        layers.append(Layer.of(weight, bias, rectified=i + 1 < n_layers))
    if rest := next(lines, None):
        raise FileFormatError(f"Line {rest[0]} comes after the biases of the last layer.")
    return tuple(layers)


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, with their numbers."""
    for number, line in enumerate(content.decode("ascii", errors="replace").splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("//"):
            yield number, line.strip()


def _numbers(lines: Iterator[tuple[int, str]], count: int | None, what: str) -> list[mpq]:
    """The numbers in the next line."""
    found = next(lines, None)
    if found is None:
        raise FileFormatError(f"The file ends where the {what} should be.")
    number, line = found
    parts = line.removesuffix(",").split(",")
    if count is not None and len(parts) != count:
        raise FileFormatError(f"Line {number} has {len(parts)} numbers where {count} are needed, the {what}.")
    try:
        return [rational(part, f"number {i} of line {number}") for i, part in enumerate(parts)]
    except InputError as error:
        raise FileFormatError(str(error)) from error


def _integers(lines: Iterator[tuple[int, str]], count: int, what: str) -> list[int]:
    values = _numbers(lines, count, what)
    if any(v.denominator != 1 or v < 0 for v in values):
        raise FileFormatError(f"The {what} are not integers.")
    return list(map(int, values))
