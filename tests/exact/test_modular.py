"""Arithmetic by residues against Python's integers, up to the limits that the proofs allow."""

import numpy as np
import pytest
from gmpy2 import is_prime, mpz
from hypothesis import given, settings
from hypothesis import strategies as st

from troppoly.exact import modular


def objects(values):
    return np.array([mpz(v) for v in values], dtype=object)


@given(st.integers(0, 400))
def test_enough_moduli(bits):
    primes = [int(p) for p in modular.moduli(modular.n_moduli(bits))]
    assert len(set(primes)) == len(primes)
    assert all(is_prime(p) and p < 2**22 for p in primes)
    assert int(np.prod(np.array(primes, dtype=object))) > 4 * 2**bits


@given(st.integers(1, 300), st.data())
def test_integers_come_back(bits, data):
    limit = 2**bits - 1
    values = data.draw(st.lists(st.one_of(st.integers(-limit, limit), st.sampled_from([0, limit, -limit])), min_size=1))
    count = modular.n_moduli(bits)
    assert list(modular.integers(modular.residues(objects(values), count))) == values


@settings(max_examples=50)
@given(st.data())
def test_matrix_products(data):
    m, k, n = (data.draw(st.integers(1, 4)) for _ in range(3))
    entries = st.integers(-(2**90), 2**90)
    a = objects(data.draw(st.lists(entries, min_size=m * k, max_size=m * k))).reshape(m, k)
    b = objects(data.draw(st.lists(entries, min_size=k * n, max_size=k * n))).reshape(k, n)
    count = modular.n_moduli(183)
    found = modular.integers(modular.matmul(modular.residues(a, count), modular.residues(b, count)))
    assert found.tolist() == [[sum(int(a[i, h]) * int(b[h, j]) for h in range(k)) for j in range(n)] for i in range(m)]


def assert_residues(found, values, p):
    """Congruent, and of least absolute value but for the slack that the proof allows."""
    assert all(float(r).is_integer() and (int(r) - v) % p == 0 for r, v in zip(found, values, strict=True))
    assert all(abs(r) <= p / 2 + 16 for r in found)
    assert all((r == 0) == (v % p == 0) for r, v in zip(found, values, strict=True))


@pytest.mark.parametrize("inner", [1, 511, 512, 513, 1023, 1024, 1025, 3000])
@pytest.mark.parametrize("sign", [1, -1])
def test_long_sums_of_products_of_the_largest_residues(inner, sign):
    p = modular.moduli(3, axes=2)
    largest = np.floor(p / 2) + 16
    a = np.broadcast_to(largest, (3, 1, inner)).copy()
    found = modular.matmul(a, sign * a.transpose(0, 2, 1)).ravel()
    for r, top, q in zip(found, largest.ravel(), p.ravel(), strict=True):
        assert_residues([r], [sign * inner * int(top) ** 2], int(q))


# the product of the quotient and p must stay below 2^53 too
LARGEST = 2**53 - 2**22


@given(st.lists(st.integers(-LARGEST, LARGEST), min_size=1))
def test_reduce(values):
    p = int(modular.moduli(1)[0])
    assert_residues(modular.reduce(np.array([values], dtype=np.float64))[0], values, p)
    assert modular.canonical(modular.reduce(np.array([values], dtype=np.float64)))[0].tolist() == [
        v % p for v in values
    ]


def test_reduce_beside_multiples_of_half_the_largest_prime():
    p = int(modular.moduli(1)[0])
    top = LARGEST // p
    values = [k * p + h + e for k in (top - 1, top - 2, 1, 0, -1, 1 - top) for h in (0, p // 2) for e in (-1, 0, 1)]
    assert_residues(modular.reduce(np.array([values], dtype=np.float64))[0], values, p)


def test_shapes_without_entries():
    empty = modular.integers(np.zeros((2, 0, 3)))
    assert empty.shape == (0, 3)
