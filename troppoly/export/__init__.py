"""Writing results to files of this library and of other systems, and reading them back.

Own files, exact, checked when they are read: JSON (:func:`write_json`, :func:`read_json`) and arrays of complexes
(:func:`save_complex`, :func:`load_complex`).  For other systems: polymake, gfan, Macaulay2, OSCAR and Sage.
"""

from troppoly.export.json_format import read_json, write_json
from troppoly.export.json_regions import RegionsDocument
from troppoly.export.npz_format import load_complex, save_complex
from troppoly.export.polyhedral_files import write_gfan, write_polymake
from troppoly.export.sage import to_sage_complex
from troppoly.export.scripts import write_macaulay2, write_oscar

__all__ = [
    "RegionsDocument",
    "load_complex",
    "read_json",
    "save_complex",
    "to_sage_complex",
    "write_gfan",
    "write_json",
    "write_macaulay2",
    "write_oscar",
    "write_polymake",
]
