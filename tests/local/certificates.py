"""A check of all that is said of the facets of a cell, from the weights alone: ten lines, shown on the site."""

import numpy as np


def certificates_hold(hidden_layers, cell):
    """Layers are pairs (W, b) of exact arrays; forms are <a, x> + b as arrays (a, b), times the signs of units."""
    forms, before = {}, np.eye(cell.dimension + 1, dtype=int).astype(object)
    for layer, ((weight, bias), signs) in enumerate(zip(hidden_layers, cell.activation, strict=False)):
        units = np.column_stack([weight, bias]) @ before
        forms |= {(layer, i): s * units[i] for i, s in enumerate(signs.tolist()) if s and units[i].any()}
        before = np.vstack([units * (signs > 0)[:, None], before[-1:]])
    told = [(np.array(c.form), forms[unit], unit) for c in (*cell.facets, *cell.redundant) for unit in c.units]
    same = all(f @ g > 0 and (np.outer(f, g) == np.outer(g, f)).all() for f, g, _ in told)  # up to a factor > 0
    places = [(c, u, g @ [*c.point, 1]) for c in cell.facets for u, g in forms.items()]
    proofs = [(c, *(y * np.array(facet.form) for facet, y in c.multipliers)) for c in cell.redundant]
    return (
        same
        and {unit for *_, unit in told} == set(forms)
        and all(value == 0 if unit in facet.units else value > 0 for facet, unit, value in places)
        and all(y > 0 and facet in cell.facets for c in cell.redundant for facet, y in c.multipliers)
        and all((left := np.array(c.form) - sum(parts))[-1] >= 0 and not left[:-1].any() for c, *parts in proofs)
    )
