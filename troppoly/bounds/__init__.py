"""Numbers of regions: Zaslavsky's theorem for arrangements, and bounds and estimates for networks."""

from troppoly.bounds.arrangement import CharacteristicPolynomial, characteristic_polynomial, generic_regions
from troppoly.bounds.networks import hanin_rolnick_estimate, montufar_lower_bound, serra_upper_bound
from troppoly.network.constructions import maxout_region_bound

__all__ = [
    "CharacteristicPolynomial",
    "characteristic_polynomial",
    "generic_regions",
    "hanin_rolnick_estimate",
    "maxout_region_bound",
    "montufar_lower_bound",
    "serra_upper_bound",
]
