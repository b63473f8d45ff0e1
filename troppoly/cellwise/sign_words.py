"""Sign words: the signs of units on cones, packed, masked and compared.

Bits i and 32 + i of a *word* say that unit i < 32 is positive, and negative, somewhere on a cone.  If units are linear
on cones, these are their signs at rays, so the word of a cone is the union (bitwise or) of those of its facets, and a
unit changes sign on the cone iff it has both bits.

The *word of a block* is that of 16 units: bits i, 16 + i and 32 + i say positive, zero and negative at some ray.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troppoly.complex.face_lattice import Incidence
from troppoly.values import Value

__all__ = [
    "ACTIVE",
    "BLOCK",
    "LayerPlaces",
    "Mask",
    "Masks",
    "Place",
    "SignWords",
    "Words",
    "block_words",
    "coordinate_signs",
    "layer_places",
    "mixed",
    "pack",
    "replaced",
    "unions",
    "unpack",
    "words_of_block",
]

Mask = NDArray[np.bool_]
Masks = Sequence[Mask]
"""For every layer the (cells, units) array that is true where a unit passes its value on."""
Words = NDArray[np.uint64]

BLOCK = 16
"""The number of units of a block."""

ACTIVE = np.uint64(2**32 - 1)
"""The bits of a word that say positive."""

_UP = np.uint64(32)
_LOW = ACTIVE
_BLOCK_SIGNS = np.uint64(0x0000FFFF0000FFFF)  # the bits of a block's word that say positive or negative


class Place:
    """Where the sign of a unit stands: bit ``bit`` of the words in ``column``, and of their half ``half``.

    ``both`` are its two bits there, ``plus``, ``zero`` and ``minus`` those of the block's word, ``crossed`` the first
    and last of these.
    """

    __slots__ = ("bit", "both", "column", "crossed", "half", "minus", "plus", "zero")

    def __init__(self, column: int, bit: int) -> None:
        self.column, self.bit, self.half = column, bit, bit // BLOCK
        self.both = np.uint64((1 + 2**32) << bit)
        self.plus, self.zero, self.minus = (np.uint64(1 << bit % BLOCK + shift) for shift in (0, BLOCK, 32))
        self.crossed = self.plus | self.minus

    def crosses(self, words: Words) -> Mask:
        """Return for words of the block where the unit is positive and negative."""
        return np.asarray((words & self.crossed) == self.crossed)

    def positive(self, words: Words) -> Mask:
        """Return for (m, W) words where the unit is positive somewhere."""
        return np.asarray(words[:, self.column] & self.both & _LOW != 0)

    def negative(self, words: Words) -> Mask:
        """Return for (m, W) words where the unit is negative somewhere."""
        return np.asarray(words[:, self.column] & self.both & ~_LOW != 0)


@dataclass(frozen=True, slots=True, eq=False)
class LayerPlaces(Value):
    """Where the signs of a layer stand: those of its ``rectified`` units in the words ``columns``."""

    n_units: int
    rectified: NDArray[np.intp]
    columns: slice

    def place(self, unit: int) -> Place:
        """Return the place of a rectified unit."""
        number = int(np.searchsorted(self.rectified, unit))
        return Place(self.columns.start + number // 32, number % 32)

    def signs(self, words: Words) -> NDArray[np.int8]:
        """Return the (m, rectified units) signs +1, 0, -1 on cells, from (m, W) words."""
        positive, negative = (unpack(words[:, self.columns], len(self.rectified), s) for s in (0, 32))
        return positive.astype(np.int8) - negative.astype(np.int8)

    def active(self, words: Words) -> Mask:
        """Return the (m, units) mask of the units that pass their value on."""
        bits = unpack(words[:, self.columns], len(self.rectified))
        if len(self.rectified) == self.n_units:
            return bits
        result = np.ones((len(words), self.n_units), dtype=bool)
        result[:, self.rectified] = bits
        return result


def layer_places(rectified: Sequence[Mask], first_column: int = 0) -> tuple[LayerPlaces, ...]:
    """Return the places of layers with these rectified units, one after another, from a column on."""
    result = []
    for mask in rectified:
        units = np.flatnonzero(mask)
        columns = slice(first_column, first_column + -(-len(units) // 32))
        result.append(LayerPlaces(len(mask), units, columns))
        first_column = columns.stop
    return tuple(result)


@dataclass(frozen=True, slots=True, eq=False)
class SignWords(Value, Sequence[Mask]):
    """The (m, W) words of cells; a sequence of the masks of all layers, unpacked when asked for.

    >>> signs = SignWords(np.array([[1 + (2 << 32)]], dtype=np.uint64), layer_places([np.array([True, True])]))
    >>> signs[0], signs.activation()
    (array([[ True, False]]), (array([[ 1, -1]], dtype=int8),))
    """

    words: Words
    layers: tuple[LayerPlaces, ...]

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, layer: Any) -> Any:
        return self.layers[layer].active(self.words)

    def take(self, cells: Any) -> SignWords:
        """Return the words of some cells."""
        return SignWords(self.words[cells], self.layers)

    def activation(self) -> tuple[NDArray[np.int8], ...]:
        """Return for every layer the (m, rectified units) signs."""
        return tuple(layer.signs(self.words) for layer in self.layers)


def pack(positive: Mask, negative: Mask) -> Words:
    """Return the (m, columns) words of (m, units) bits."""
    low, high = (np.packbits(bits, axis=1, bitorder="little") for bits in (positive, negative))
    padded = np.zeros((2, len(low), 4 * -(-low.shape[1] // 4)), dtype=np.uint8)
    padded[:, :, : low.shape[1]] = low, high
    words = padded.view("<u4").astype(np.uint64)
    return np.asarray(words[0] | (words[1] << _UP))


def unpack(words: Words, n_units: int, shift: int = 0) -> Mask:
    """Return the (m, n_units) bits of (m, columns) words: positive, or with shift 32 negative."""
    low = (words >> np.uint64(shift)).astype("<u4")
    bits = np.unpackbits(np.ascontiguousarray(low).view(np.uint8), axis=1, bitorder="little")
    return bits[:, :n_units].astype(bool)


def mixed(words: Words) -> Words:
    """Return the words with the lower bits of the units that are positive somewhere and negative somewhere."""
    return words & (words >> _UP) & _LOW


def replaced(words: Words, found: Words, units: Words) -> Words:
    """Return the words with the signs ``found`` of the units whose lower bits are in ``units``."""
    both = units | (units << _UP)
    return (words & ~both) | (found & both)


def unions(words: Words, incidence: Incidence) -> Words:
    """Return the words of cones from those of their facets."""
    return np.bitwise_or.reduceat(words[incidence.indices], incidence.indptr[:-1], axis=0)


def block_words(words: Words, half: int) -> Words:
    """Return the words of rays for the block of a half: here positive, negative, and 14 times 0.

    >>> hex(block_words(np.array([0x0000_0002_0000_0001], dtype=np.uint64), 0)[0])
    '0x2fffc0001'
    """
    signs = (words >> np.uint64(BLOCK * half)) & _BLOCK_SIGNS
    return signs | (~(signs | (signs >> _UP)) & np.uint64(2**BLOCK - 1)) << np.uint64(BLOCK)


def words_of_block(block: Words, half: int) -> Words:
    """Return what the words of a block say of the words of cones."""
    return (block & _BLOCK_SIGNS) << np.uint64(BLOCK * half)


def coordinate_signs(words: Words, D: int) -> NDArray[np.int8]:
    """Return the (n, D) signs of coordinates from the (n,) words of rays."""
    bits = np.arange(D, dtype=np.uint64)
    positive, negative = ((words[:, None] >> (bits + np.uint64(shift))) & np.uint64(1) for shift in (0, 32))
    return positive.astype(np.int8) - negative.astype(np.int8)
