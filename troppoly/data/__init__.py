"""The points of a data set among the cells of a network."""

from troppoly.data.regions import DataRegions, Margin, data_regions

__all__ = ["DataRegions", "Margin", "data_regions"]
