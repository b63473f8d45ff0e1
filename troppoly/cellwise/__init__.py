"""Networks on cells: what is affine where the signs of all units are known."""
