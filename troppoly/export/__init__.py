"""Writing results to files."""

from troppoly.export.json_format import document, write_json

__all__ = ["document", "write_json"]
