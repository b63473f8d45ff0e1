"""Exact tropical geometry of piecewise linear networks.

A network of affine maps and ReLUs is a tropical rational map, and a tropical rational map is a pair of
lifted Newton polytopes; everything here is computed from that, in exact rationals.

The modules import each other in one direction only:

    errors, exact -> passagemath -> complex -> polytope -> polynomial -> circuit -> torch_modules, onnx_files
    -> network -> cellwise -> refinement -> regions
    -> geometry, divisors, equivalence, redundancy, compression, hoffman, symmetry, ... -> plotting, export -> cli

What is public is listed in ``__init__.pyi``; a name is imported when it is first used, so that
``import troppoly`` costs nothing.  About forty names are here; the others are in the submodules, which are
attributes: ``tp.plotting``, ``tp.geometry``, ``tp.symmetry``, ...
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.2.0"
