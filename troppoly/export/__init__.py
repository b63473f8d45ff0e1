"""Writing results to files of this library and of other systems, and reading them back.

Own files, exact, checked when they are read: JSON (:func:`write_json`, :func:`read_json`) and arrays of
complexes (:func:`save_complex`, :func:`load_complex`).  For other systems: polymake, gfan, Macaulay2, OSCAR
and Sage.  (Pictures, SVG among them, are written by :mod:`troppoly.plotting`.)
"""

from troppoly.export.gfan import gfan_text, write_gfan
from troppoly.export.json_format import document, from_document, read_json, write_json
from troppoly.export.json_regions import RegionsDocument
from troppoly.export.macaulay2 import macaulay2_script, write_macaulay2
from troppoly.export.npz_format import load_complex, save_complex
from troppoly.export.oscar import oscar_script, write_oscar
from troppoly.export.polymake import polymake_text, write_polymake
from troppoly.export.sage import to_sage_complex

__all__ = [
    "RegionsDocument",
    "document",
    "from_document",
    "gfan_text",
    "load_complex",
    "macaulay2_script",
    "oscar_script",
    "polymake_text",
    "read_json",
    "save_complex",
    "to_sage_complex",
    "write_gfan",
    "write_json",
    "write_macaulay2",
    "write_oscar",
    "write_polymake",
]
