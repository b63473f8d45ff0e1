"""The space of networks: how many parameters a network really has, and which parameters are the same network."""

from troppoly.parameters.dimension import FunctionalDimension, functional_dimension
from troppoly.parameters.matching import SameParameters, same_parameters

__all__ = ["FunctionalDimension", "SameParameters", "functional_dimension", "same_parameters"]
