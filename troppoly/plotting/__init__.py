"""Pictures, in floating point: rounded views of exact objects.

Matplotlib is imported when a picture is drawn (``pip install 'troppoly[plot]'``).
"""

from troppoly.plotting.overview import check_picture_file, overview, save_picture
from troppoly.plotting.planar import PlanarComplex, check_window
from troppoly.plotting.regions import plot_regions

__all__ = ["PlanarComplex", "check_picture_file", "check_window", "overview", "plot_regions", "save_picture"]
