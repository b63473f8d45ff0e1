"""Colors that differ for every kind of color vision, and in print by their lightness or line width.

The categories are those of M. Okabe and K. Ito, "Color universal design" (2008); ordered kinds take the steps of a
sequential map with increasing lightness.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from troppoly.errors import InputError, require
from troppoly.plotting.coloring import cielab

__all__ = [
    "ACCENT",
    "FAINT",
    "INK",
    "LINES",
    "PALE",
    "class_colors",
    "color_map",
    "color_of",
    "layer_styles",
    "sequential",
]

Floats: TypeAlias = NDArray[np.float64]

INK = "#10202c"
"""Walls, edges and text."""

FAINT = "#9aa5ad"
"""What is not the subject: walls inside of regions, frames, helping lines."""

PALE = "#f2f5f7"
"""The fill of what is not the subject."""

ACCENT = "#d55e00"
"""What is to be noticed."""

LINES = (INK, "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""The colors of several lines."""

CATEGORIES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442")


def color_map(name: Any) -> Any:
    """Return the Matplotlib color map of a name; raises InputError if there is none."""
    try:
        return require("matplotlib", extra="plot").colormaps.get_cmap(name)
    except (TypeError, ValueError):
        raise InputError(f"Matplotlib has no color map {name!r}; matplotlib.colormaps lists their names.") from None


def color_of(color: Any) -> Floats:
    """Return the three sRGB values of a color; raises InputError if Matplotlib does not know it."""
    try:
        return np.array(require("matplotlib.colors", extra="plot").to_rgb(color))
    except (TypeError, ValueError):
        raise InputError(f"Matplotlib knows no color {color!r}.") from None


def sequential(colormap: str, n: int, low: float = 0.12, high: float = 0.97) -> Floats:
    """Return an (n, 3) array of sRGB colors along a part of a Matplotlib color map."""
    return np.asarray(color_map(colormap)(np.linspace(low, high, n)))[:, :3]


def layer_styles(n: int) -> tuple[list[Any], list[float]]:
    """Return a color and a line width for each of n layers: from dark and thick to light and thin.

    >>> layer_styles(3)[1]
    [2.0, 1.5, 1.12]
    """
    colors = sequential("plasma", max(n, 2), 0.05, 0.72)[:n]
    return [tuple(c) for c in colors.tolist()], [round(max(2.0 * 0.75**i, 0.6), 2) for i in range(n)]


def class_colors(n: int) -> Floats:
    """Return (n, 3) light fills for n classes, on which walls and text in ink stay legible.

    Up to seven are tints of the categories.  More are taken, each as far as possible from those before, from light
    colors of all hues.

    >>> class_colors(2).round(2)
    array([[0.68, 0.86, 0.96],
           [0.95, 0.82, 0.52]])
    """
    if n <= len(CATEGORIES):
        strong = np.array([color_of(name) for name in CATEGORIES[:n]]).reshape(-1, 3)
        tint = np.where(np.arange(n) < 4, 0.52, 0.35)[:, None]
        return np.asarray(1 - (1 - strong) * (1 - tint))
    hues = np.linspace(0, 1, max(12, n), endpoint=False)
    tones = [(0.16, 1.0), (0.4, 0.96), (0.38, 0.76)]  # saturation and value
    hsv = np.array([(hue, *tone) for tone in tones for hue in hues])
    pool = require("matplotlib.colors", extra="plot").hsv_to_rgb(hsv)
    lab, chosen = cielab(pool), [0]
    distance = np.linalg.norm(lab - lab[0], axis=1)
    while len(chosen) < n:
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(lab - lab[chosen[-1]], axis=1))
    return np.asarray(pool[chosen])
