"""The formal recursion: a network written out as tropical rational maps.

For a layer z = W a + b with W = W+ - W- (entrywise parts) and a_j = F_j - G_j, where F_j and G_j are
tropical polynomials,

    z_i = H_i - G'_i,   G'_i = sum_j (W+_ij G_j + W-_ij F_j),   H_i = sum_j (W+_ij F_j + W-_ij G_j) + b_i,
    max(z_i, 0) = max(H_i, G'_i) - G'_i,

and the inputs are x_j - 0 (Zhang, Naitzat and Lim 2018, Tropical geometry of deep neural networks).  Unit i is
F_i - G_i with (F_i, G_i) = (max(H_i, G'_i), G'_i) if it is rectified, else (H_i, G'_i).  Multiplied out without
cancellation this has as many monomials as :func:`formal_monomial_counts` says, exponentially many in the depth.
The other functions remove the redundant ones after every step, so that no polynomial has more monomials than the
canonical complex has cells.
"""

from __future__ import annotations

from collections.abc import Iterator

from troppoly.arguments import checked
from troppoly.network.large_counts import Count, product_of_counts, sum_of_counts
from troppoly.network.network import Network
from troppoly.polynomial import TropicalMap, TropicalPolynomial, TropicalRational, pruned_product, pruned_sum

__all__ = ["canonical_polynomial", "formal_monomial_counts", "neuron_polynomials", "tropicalize_formal"]


@checked
def formal_monomial_counts(network: Network) -> tuple[tuple[Count, Count], ...]:
    """Return for every output the numbers of monomials of the formal numerator and denominator.

    A product of polynomials with m and n monomials has m n of them formally, and a tropical sum m + n; so with the
    supports S+ and S- of the parts of row i of W

        |H_i| = prod_{S+} |F_j| prod_{S-} |G_j|,   |G'_i| = prod_{S+} |G_j| prod_{S-} |F_j|,
        |F_i| = |H_i| + |G'_i| and |G_i| = |G'_i| where unit i is rectified.

    The counts, of about width^depth digits, are integers up to 2^20 bits, and beyond that
    :class:`troppoly.network.LargeCount`, a rigorous bracket of the logarithm.

    The absolute value, (x)+ + (-x)+, is formally 0 (x + 0)(0 + x) / x:

    >>> formal_monomial_counts(Network.from_arrays([[[1], [-1]], [[1, 1]]]))
    ((4, 1),)
    """
    counts: tuple[tuple[Count, Count], ...] = ((1, 1),) * network.n_inputs
    for layer in network.layers:
        following = []
        for (columns, row), rectified in zip(layer.weight.nonzero_rows(), layer.rectified, strict=True):
            signed = [counts[j] if w > 0 else counts[j][::-1] for j, w in zip(columns, row, strict=True)]
            numerator, denominator = (product_of_counts([pair[side] for pair in signed]) for side in (0, 1))
            following.append((sum_of_counts(numerator, denominator) if rectified else numerator, denominator))
        counts = tuple(following)
    return counts


@checked
def tropicalize_formal(network: Network) -> TropicalMap:
    """Return the tropical rational map H / G' of every output, with irredundant monomials only.

    Nothing is cancelled between numerator and denominator.

    >>> f = tropicalize_formal(Network.from_arrays([[[1], [-1]], [[1, 1]]]))
    >>> f[0].numerator == TropicalPolynomial({(2,): 0, (0,): 0}), f[0].denominator
    (True, max(x0))
    """
    return TropicalMap([TropicalRational(f, g) for f, g in neuron_polynomials(network)[-1]])


@checked
def neuron_polynomials(network: Network) -> list[tuple[tuple[TropicalPolynomial, TropicalPolynomial], ...]]:
    """Return for every layer the pairs (F_i, G_i) of its units, with irredundant monomials only.

    >>> neuron_polynomials(Network.from_arrays([[[1], [-1]], [[1, 1]]]))[0][1]
    (max(0, x0), max(x0))
    """
    return list(_recursion(network))


def _recursion(network: Network) -> Iterator[tuple[tuple[TropicalPolynomial, TropicalPolynomial], ...]]:
    """The pairs (F_i, G_i) of one layer after the other."""
    d = network.n_inputs
    units = tuple((TropicalPolynomial.variable(j, d), TropicalPolynomial.constant(0, d)) for j in range(d))
    for layer in network.layers:
        numerators, denominators = (list(side) for side in zip(*units, strict=True))
        powers = layer.weight.positive_part().hstack(layer.weight.negative_part())
        following = []
        for i, rectified in enumerate(layer.rectified):
            upper = pruned_product(numerators + denominators, powers.row(i)) * layer.bias[i, 0]  # H_i
            lower = pruned_product(denominators + numerators, powers.row(i))  # G'_i
            following.append((pruned_sum([upper, lower]) if rectified else upper, lower))
        units = tuple(following)
        yield units


@checked
def canonical_polynomial(network: Network) -> TropicalPolynomial:
    """Return a tropical polynomial whose normal complex is the canonical complex of the network.

    It is the product Q of the F_i over all rectified units, without redundant monomials: one for each cell.

    Proof.  F_i = G'_i + max(z_i, 0) bends where G'_i or max(z_i, 0) does, and G'_i only where an F_j of an earlier
    layer does; sums of convex functions bend where a summand does.  So Q bends exactly where some max(z_i, 0) does.
    These are all walls of the canonical complex: if z_i is zero on one side of a wall and negative on the other, it is
    not affine across it, so some unit of an earlier layer bends there.

    >>> len(canonical_polynomial(Network.from_arrays([[[1, 0], [0, 1], [1, 1]], [[1, 1, 1]]])))
    6
    """
    factors = [TropicalPolynomial.constant(0, network.n_inputs)]
    for layer, units in zip(network.layers[:-1], _recursion(network), strict=False):  # the last layer has none
        factors += [f for (f, _), rectified in zip(units, layer.rectified, strict=True) if rectified]
    return pruned_product(factors)
