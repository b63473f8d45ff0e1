"""Writing results to files of this library and of other systems, and reading them back."""

from troppoly.export.json_format import document, from_document, read_json, write_json
from troppoly.export.json_regions import RegionsDocument
from troppoly.export.npz_format import load_complex, save_complex

__all__ = [
    "RegionsDocument",
    "document",
    "from_document",
    "load_complex",
    "read_json",
    "save_complex",
    "write_json",
]
