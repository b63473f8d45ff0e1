"""Piecewise linear networks, exactly: their normal form, their files, their formal tropicalisation."""

from troppoly.network.files import load_network
from troppoly.network.layer import Layer
from troppoly.network.network import Network
from troppoly.network.npz import save_npz

__all__ = ["Layer", "Network", "load_network", "save_npz"]
