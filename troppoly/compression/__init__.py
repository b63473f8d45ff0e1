"""Lossless compression of networks, with certificates, and back to floats with exact bounds."""

from troppoly.compression.compression import Compression, CompressionCertificate, compress
from troppoly.compression.draft import Step
from troppoly.compression.rounding import RoundedWeight, Rounding

__all__ = ["Compression", "CompressionCertificate", "RoundedWeight", "Rounding", "Step", "compress"]
