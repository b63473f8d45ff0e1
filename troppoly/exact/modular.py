"""Exact integer arithmetic on arrays by residues modulo many primes.

An integer x with |x| < M / 2, where M is the product of distinct primes p_1, ..., p_k, is determined
by its residues (Chinese remainder theorem), and sums and products are taken residue by residue.
Residues are taken of least absolute value; with primes below 2^22 a product of two residues is below
2^43, so that floating-point matrix products with an inner dimension of at most 1024 are *exact* (all
partial sums are integers below 2^53): large integers are multiplied at the speed of BLAS.  Nothing here
is approximate.

Reference: Knuth, The Art of Computer Programming 2, section 4.3.2 (modular arithmetic).
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
from gmpy2 import invert, is_prime, mpz
from numpy.typing import NDArray

from troppoly.exact.matrix import ObjectArray

__all__ = ["canonical", "integers", "matmul", "moduli", "n_moduli", "reduce", "residues"]

FloatArray = NDArray[np.float64]

_PRIME_BITS = 22
_INNER = 2 ** (53 - 2 * _PRIME_BITS + 1)  # terms of a dot product that stay below 2^53


def n_moduli(bits: int) -> int:
    """Return how many primes determine every integer x with |x| < 2**bits.

    >>> n_moduli(40)
    2
    """
    return (bits + 1) // (_PRIME_BITS - 1) + 1


@cache
def _primes(count: int) -> tuple[int, ...]:
    """The largest ``count`` primes below 2^22 (all of them above 2^21)."""
    found: list[int] = []
    candidate = 2**_PRIME_BITS - 1
    while len(found) < count:
        if is_prime(candidate):
            found.append(candidate)
        candidate -= 2
    assert not found or found[-1] > 2 ** (_PRIME_BITS - 1)
    return tuple(found)


def moduli(count: int, axes: int = 0) -> FloatArray:
    """Return the first ``count`` primes, shaped to broadcast against residues of ``axes`` axes.

    >>> moduli(2, axes=1).shape
    (2, 1)
    """
    return np.array(_primes(count), dtype=np.float64).reshape((count,) + (1,) * axes)


def residues(values: ObjectArray, count: int) -> FloatArray:
    """Return the (count, ...) residues of an array of integers of any size.

    Their digits to the base 2^16 are multiplied with the residues of its powers.

    >>> residues(np.array([mpz(-1)], dtype=object), 1)
    array([[-1.]])
    """
    n_digits = max((abs(v).bit_length() for v in values.flat), default=0) // 16 + 1
    digits = b"".join(int(abs(v)).to_bytes(2 * n_digits, "little") for v in values.flat)
    table = np.frombuffer(digits, "<u2").astype(np.float64).reshape(1, -1, n_digits)
    powers = [[[pow(2, 16 * i, p)] for i in range(n_digits)] for p in _primes(count)]
    absolute = matmul(table, np.array(powers, dtype=np.float64)).reshape(count, *values.shape)
    return absolute * np.sign(values).astype(np.float64)


def reduce(values: FloatArray) -> FloatArray:
    """Return residues of a (count, ...) array of integers below 2^53 - 2^22 in absolute value.

    The quotient is computed with a relative error below 2^-51, so with an absolute error below 2^-18,
    and is rounded to the nearest integer; so the residue is off by at most p 2^-18 < 16 from the interval
    [-p/2, p/2] of the least ones, and zero if and only if p divides the integer.  The product with p and
    the difference are integers below 2^53 and so exact.

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
    """Return the residues from 0 to p - 1, for comparison.

    >>> canonical(np.array([[-1.0]]))
    array([[4194300]], dtype=int32)
    """
    p = moduli(len(values), values.ndim - 1).astype(np.int32)
    return values.astype(np.int32) % p


def matmul(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the residues of the matrix products of two stacks of residue matrices.

    >>> one = np.ones((1, 1, 600)); matmul(one, one.transpose(0, 2, 1))
    array([[[600.]]])
    """
    inner = a.shape[-1]
    if inner <= _INNER:
        return reduce(a @ b)
    parts = [
        reduce(a[..., i : i + _INNER] @ b[..., i : i + _INNER, :]) for i in range(0, inner, _INNER)
    ]
    return reduce(cast("FloatArray", sum(parts)))


@cache
def _idempotents(count: int) -> tuple[ObjectArray, mpz]:
    """The integers c_i that are 1 modulo p_i and 0 modulo the other primes, and the product of all."""
    product = mpz(1)
    for p in _primes(count):
        product *= p
    result = np.empty(count, dtype=object)
    for i, p in enumerate(_primes(count)):
        cofactor = product // p
        result[i] = cofactor * invert(cofactor, p)
    return result, product


def integers(values: FloatArray) -> ObjectArray:
    """Return the integers of least absolute value with the given (count, ...) residues.

    >>> integers(residues(np.array([mpz(-(10**12))], dtype=object), n_moduli(40)))
    array([mpz(-1000000000000)], dtype=object)
    """
    idempotents, product = _idempotents(len(values))
    shape = values.shape[1:]
    flat = values.reshape(len(values), -1)
    result = np.full(flat.shape[1], mpz(0), dtype=object)
    wanted = np.flatnonzero(flat.any(axis=0))
    if len(wanted):
        table: Any = flat[:, wanted].astype(np.int64).astype(object)
        sums = (table.T @ idempotents) % product
        result[wanted] = sums - np.where(sums > product // 2, product, mpz(0))
    return cast("ObjectArray", result.reshape(shape))
