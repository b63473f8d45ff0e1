"""Properties of networks: from VNN-LIB files, and whether a network has them, proved."""

from troppoly.properties.property import Property
from troppoly.properties.verification import Verdict, verify
from troppoly.properties.vnnlib import parse_vnnlib, read_vnnlib

__all__ = ["Property", "Verdict", "parse_vnnlib", "read_vnnlib", "verify"]
