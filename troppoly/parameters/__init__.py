"""The space of networks: how many parameters a network really has."""

from troppoly.parameters.dimension import FunctionalDimension, functional_dimension

__all__ = ["FunctionalDimension", "functional_dimension"]
