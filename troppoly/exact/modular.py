"""Exact integer arithmetic on arrays by residues modulo many primes.

An integer x with |x| < M / 2, where M is the product of distinct primes p_1, ..., p_k, is determined by its residues
(Chinese remainder theorem; Knuth, The Art of Computer Programming 2, section 4.3.2), and sums and products are taken
residue by residue.  Residues are taken of least absolute value; with primes below 2^22 a product of two is below 2^43,
so that floating-point matrix products with an inner dimension of at most 1024 are *exact* (all partial sums are
integers below 2^53): large integers are multiplied at the speed of BLAS.  Nothing here is approximate.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from math import prod
from typing import Any, TypeVar, cast

import numpy as np
from gmpy2 import invert, is_prime, mpz
from numpy.typing import NDArray

from troppoly.exact.integers import IntegerArray
from troppoly.exact.scalar import ObjectArray

__all__ = ["INNER", "canonical", "echelon", "integers", "matmul", "moduli", "n_moduli", "reduce", "residues"]

FloatArray = NDArray[np.float64]
_Bits = TypeVar("_Bits", int, NDArray[np.int64])

_PRIME_BITS = 22
INNER = 2 ** (53 - 2 * _PRIME_BITS + 1)  # products of two residues have a sum below 2^53 - 2^22


def n_moduli(bits: _Bits) -> _Bits:
    """Return how many primes determine every integer x with |x| < 2**bits: their product is over 2**(bits + 2).

    >>> n_moduli(40)
    2
    """
    return (bits + 1) // (_PRIME_BITS - 1) + 1


@cache
def _primes(count: int) -> tuple[int, ...]:
    """The largest ``count`` primes below 2^22 (all of them above 2^21)."""
    return tuple(islice(filter(is_prime, range(2**_PRIME_BITS - 1, 2 ** (_PRIME_BITS - 1), -2)), count))


def moduli(count: int, axes: int = 0) -> FloatArray:
    """Return the first ``count`` primes, shaped to broadcast against residues of ``axes`` axes."""
    return np.array(_primes(count), dtype=np.float64).reshape((count,) + (1,) * axes)


def residues(values: IntegerArray, count: int) -> FloatArray:
    """Return the (count, ...) residues of an array of integers of any size.

    Their digits to the base 2^16 are multiplied with the residues of its powers.

    >>> residues(np.array([mpz(-1)], dtype=object), 1)
    array([[-1.]])
    """
    if values.dtype != object:
        return reduce((values % moduli(count, values.ndim).astype(np.int64)).astype(np.float64))
    n_digits = max((abs(v).bit_length() for v in values.flat), default=0) // 16 + 1
    digits = b"".join(int(abs(v)).to_bytes(2 * n_digits, "little") for v in values.flat)
    table = np.frombuffer(digits, "<u2").astype(np.float64).reshape(1, -1, n_digits)
    absolute = matmul(table, _powers(count, n_digits)[:, :, None]).reshape(count, *values.shape)
    return absolute * np.sign(values).astype(np.float64)


def _powers(count: int, n: int) -> FloatArray:
    """The (count, n) residues of 2^(16 i), i < n: as many again as there are, times the next one, below 2^44."""
    primes, powers, done = moduli(count, 1).astype(np.int64), np.ones((count, n), dtype=np.int64), 1
    while done < n:
        factor = (powers[:, done - 1 : done] << 16) % primes
        powers[:, done : 2 * done] = powers[:, : min(done, n - done)] * factor % primes
        done *= 2
    return powers.astype(np.float64)


def reduce(values: FloatArray) -> FloatArray:
    """Return residues of a (count, ...) array of integers below 2^53 - 2^22 in absolute value.

    The quotient has a relative error below 2^-51, so an absolute error below 2^-18, and is rounded to the nearest
    integer; so the residue is off by at most p 2^-18 < 16 from the interval [-p/2, p/2] of the least ones, and zero if
    and only if p divides the integer.  The product with p and the difference are integers below 2^53 and so exact.

    >>> reduce(np.array([[-1.0, 4194301.0]]))
    array([[-1.,  0.]])
    """
    p = moduli(len(values), values.ndim - 1)
    result = values * (1 / p)
    np.rint(result, out=result)
    result *= p
    np.subtract(values, result, out=result)
    return result


def canonical(values: FloatArray) -> NDArray[np.int32]:
    """Return the residues from 0 to p - 1, for comparison."""
    p = moduli(len(values), values.ndim - 1).astype(np.int32)
    return values.astype(np.int32) % p


def echelon(matrix: NDArray[np.int64], prime: int = 0) -> tuple[NDArray[np.int64], list[int]]:
    """Return the nonzero rows of the reduced row echelon form modulo the prime with this number, and the pivot columns.

    >>> echelon(np.array([[2, 2, 2], [1, 1, 3]]))
    (array([[1, 1, 0],
           [0, 0, 1]]), [0, 2])
    """
    p, pivots = _primes(prime + 1)[prime], list[int]()
    a = matrix % p
    for r in range(len(a)):
        below = a[r:] != 0
        if not below.any():
            break
        column = int(below.any(axis=0).argmax())
        first = r + int(below[:, column].argmax())
        a[[r, first]] = a[[first, r]]
        a[r] = a[r] * pow(int(a[r, column]), -1, p) % p
        others = a[:, column].copy()
        others[r] = 0
        a[:, column:] = (a[:, column:] - others[:, None] * a[r, column:]) % p
        pivots.append(column)
    return a[: len(pivots)], pivots


def matmul(a: FloatArray, b: Any) -> FloatArray:
    """Return the residues of the matrix products of two stacks of residue matrices."""
    inner = a.shape[-1]
    if inner <= INNER or not isinstance(b, np.ndarray):  # sparse weights reduce the products in long sums themselves
        return reduce(a @ b)
    parts = [reduce(a[..., i : i + INNER] @ b[..., i : i + INNER, :]) for i in range(0, inner, INNER)]
    return reduce(cast("FloatArray", sum(parts)))


@cache
def _cofactors(count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """With the product M of the primes: M / p_i and M in digits to the base 2^16, and the p_i / M modulo p_i."""
    product = prod(_primes(count), start=mpz(1))
    cofactors = [product // p for p in _primes(count)]
    n_digits = product.bit_length() // 16 + 2
    data = b"".join(int(value).to_bytes(2 * n_digits, "little") for value in (*cofactors, product))
    digits = np.frombuffer(data, "<u2").astype(np.float64).reshape(-1, n_digits)
    inverses = [float(invert(m, p)) for m, p in zip(cofactors, _primes(count), strict=True)]
    return digits[:-1], digits[-1], np.array(inverses)


def integers(values: FloatArray) -> ObjectArray:
    """Return the integers x, |x| < M / 4, with the given (count, ...) residues modulo primes of product M.

    With r_i = x (p_i / M) mod p_i, sum r_i M / p_i = x + k M for an integer k, and sum r_i / p_i = x / M + k, from
    which k is found by rounding: |x / M| < 1/4, and the error of the sum is far less.  So x is a sum of at most 2^15
    products of numbers below 2^22 with digits below 2^16, which are exact in floats; then the carries are propagated.

    >>> integers(residues(np.array([mpz(-(10**12))], dtype=object), n_moduli(40)))
    array([mpz(-1000000000000)], dtype=object)
    """
    count = len(values)
    digits, product, inverses = _cofactors(count)
    flat = values.reshape(count, -1)
    coefficients = reduce(flat * inverses[:, None])
    multiples = np.rint((coefficients / moduli(count, 1)).sum(axis=0))
    sums = (coefficients.T @ digits - np.outer(multiples, product)).astype(np.int64)
    for i in range(len(product) - 1):
        sums[:, i + 1] += sums[:, i] >> 16
    data = sums.astype("<u2").tobytes()  # modulo 2^16: the digits of the two's complement
    size = 2 * len(product)
    parts = (data[i : i + size] for i in range(0, len(data), size))
    found = (mpz(int.from_bytes(part, "little", signed=True)) for part in parts)
    return np.fromiter(found, dtype=object, count=len(sums)).reshape(values.shape[1:])
