"""A layer: an affine map followed by units that are ReLU or the identity.

This is the normal form of every piecewise linear network: the units of other activations are combinations of these
two (:mod:`troppoly.circuit.activations`), so whatever is read becomes a sequence of such layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from troppoly.arguments import checked
from troppoly.errors import ShapeError, counted
from troppoly.exact import RationalMatrix, rational_vector
from troppoly.values import Value

__all__ = ["Layer"]


@checked
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Layer(Value):
    """The map a -> s(W a + b), where s_i(z) = max(z, 0) if unit i is rectified and z otherwise.

    ``weight`` is W of shape (n_out, n_in), which may be sparse, ``bias`` is b of shape (n_out, 1), and ``rectified`` a
    boolean array of shape (n_out,).  Raises ShapeError if the shapes do not fit or an axis of ``weight`` is empty.

    >>> layer = Layer(RationalMatrix.of([[1], [1]]), RationalMatrix.of([[0], ["1/2"]]), [True, False])
    >>> layer((mpq(-1),))
    (mpq(0,1), mpq(-1,2))
    """

    weight: RationalMatrix
    bias: RationalMatrix
    rectified: NDArray[np.bool_]

    def __post_init__(self) -> None:
        n_out, n_in = self.weight.shape
        try:
            rectified = np.array(self.rectified, dtype=bool)
        except ValueError:
            raise ShapeError("The entries of rectified do not form an array.") from None
        rectified.flags.writeable = False
        object.__setattr__(self, "rectified", rectified)
        matrix = f"A weight matrix of shape {self.weight.shape}"
        if n_out == 0 or n_in == 0:
            raise ShapeError(f"{matrix} is empty.")
        if self.bias.shape != (n_out, 1):
            raise ShapeError(f"{matrix} needs a bias of shape {(n_out, 1)}, not the shape {self.bias.shape}.")
        if rectified.shape != (n_out,):
            raise ShapeError(f"{matrix} needs {n_out} entries in rectified, not the shape {rectified.shape}.")

    @classmethod
    @checked
    def of(
        cls, weight: Any, bias: Any = None, *, rectified: bool = False, where: tuple[str, str] = ("weight", "bias")
    ) -> Layer:
        """Return the layer of a matrix (n_out, n_in) and a vector (n_out,), or None for zero; all units are alike.

        Entries are any exact numbers or floats; ``where`` is what messages call the two.  Raises ShapeError and
        NotFiniteError.

        >>> Layer.of([[1, 2]], ["1/2"], rectified=True)((mpq(1), mpq(-1)))
        (mpq(0,1),)
        """
        matrix = RationalMatrix.of(weight, where[0])
        n_out = matrix.shape[0]
        if 0 in matrix.shape:
            raise ShapeError(f"The {where[0]} has shape {matrix.shape}, which is empty.")
        column = np.zeros(n_out) if bias is None else bias
        # An array of finite floats or of integers is read as a whole.
        if not (isinstance(column, np.ndarray) and column.shape == (n_out,) and column.dtype.kind in "fiu"):
            column = np.array([*rational_vector(column, where[1], length=n_out), None], dtype=object)[:-1]
        elif not np.isfinite(column).all():
            rational_vector(column, where[1])  # names the entry
        return cls(matrix, RationalMatrix.of(column[:, None]), np.full(n_out, rectified))

    @property
    def n_inputs(self) -> int:
        """The number of inputs."""
        return self.weight.shape[1]

    @property
    def n_outputs(self) -> int:
        """The number of units."""
        return self.weight.shape[0]

    def __call__(self, a: tuple[mpq, ...]) -> tuple[mpq, ...]:
        """Return the exact value at the point ``a``."""
        products = self.weight.apply(a)
        values = (z + bias for z, bias in zip(products, self.bias[:, 0], strict=True))
        return tuple(mpq(0) if rectified and z < 0 else z for z, rectified in zip(values, self.rectified, strict=True))

    def evaluate_float(self, a: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at points ``a`` of shape (..., n_in) in floating point, not exactly."""
        z = a @ self.weight.float_weights() + self.bias.to_floats()[:, 0]
        return np.where(self.rectified, np.maximum(z, 0.0), z)

    def __repr__(self) -> str:
        return f"Layer of {counted(self.n_outputs, 'unit')} ({self.rectified.sum()} rectified) on R^{self.n_inputs}"
