"""Pictures, in floating point: rounded views of exact objects.

Every function takes ``ax=``, Matplotlib axes to draw into (by default those of a new figure, which is not in pyplot's
list), and returns the axes, or a figure if it draws several; and those that draw a complex take ``window=``, (xmin,
xmax, ymin, ymax) or with (..., zmin, zmax) in space, where what is unbounded is cut off, exactly.  By default that is
a window where most vertices are, and a line below says how many are outside.  An empty window is an InputError,
``colormap`` is the name of one of Matplotlib's color maps.  Matplotlib is imported when a picture is drawn (``pip
install 'troppoly[plot]'``), and Plotly for the interactive pictures of space (``pip install 'troppoly[plotly]'``);
without it MissingDependencyError is raised.
"""

from troppoly.plotting.barcodes import plot_barcode
from troppoly.plotting.decision_boundary import plot_decision_boundary
from troppoly.plotting.functions import interactive_surface, plot_graph, plot_surface
from troppoly.plotting.layers import interactive_walls, plot_layers, plot_walls_in_space
from troppoly.plotting.local_pictures import plot_cell_cut, plot_exploration, plot_facets, plot_segment
from troppoly.plotting.parts import plot_parts
from troppoly.plotting.planar_regions import overview, plot_adjacency, plot_gradient_norms, plot_regions
from troppoly.plotting.polynomials import (
    plot_dual_subdivision,
    plot_duality,
    plot_lifted_newton_polytope,
    plot_newton_polytope,
    plot_tropical_curve,
)
from troppoly.plotting.slices import label_slice, plane_through, plot_slice
from troppoly.plotting.subcomplexes import interactive_subcomplex, plot_subcomplex
from troppoly.plotting.training import plot_training
from troppoly.plotting.weighted_walls import plot_divisor
from troppoly.plotting.windows import central_window, window_of

__all__ = [
    "central_window",
    "interactive_subcomplex",
    "interactive_surface",
    "interactive_walls",
    "label_slice",
    "overview",
    "plane_through",
    "plot_adjacency",
    "plot_barcode",
    "plot_cell_cut",
    "plot_decision_boundary",
    "plot_divisor",
    "plot_dual_subdivision",
    "plot_duality",
    "plot_exploration",
    "plot_facets",
    "plot_gradient_norms",
    "plot_graph",
    "plot_layers",
    "plot_lifted_newton_polytope",
    "plot_newton_polytope",
    "plot_parts",
    "plot_regions",
    "plot_segment",
    "plot_slice",
    "plot_subcomplex",
    "plot_surface",
    "plot_training",
    "plot_tropical_curve",
    "plot_walls_in_space",
    "window_of",
]
