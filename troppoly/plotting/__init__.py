"""Pictures, in floating point: rounded views of exact objects.

Every function takes ``ax=``, Matplotlib axes to draw into, and returns the axes (or a figure, where it
draws several); new figures are not in pyplot's list.  Unbounded regions are cut off at the window.
Matplotlib is imported when a picture is drawn (``pip install 'troppoly[plot]'``), and Plotly for the
interactive pictures of space (``pip install 'troppoly[plotly]'``).
"""

from troppoly.plotting.adjacency import plot_adjacency
from troppoly.plotting.decision_boundary import plot_decision_boundary
from troppoly.plotting.duality import plot_dual_subdivision, plot_duality, plot_tropical_curve
from troppoly.plotting.graph import plot_graph
from troppoly.plotting.interactive import interactive_subcomplex, interactive_surface, interactive_walls
from troppoly.plotting.layers import plot_layers
from troppoly.plotting.newton import plot_lifted_newton_polytope, plot_newton_polytope
from troppoly.plotting.overview import check_picture_file, overview, save_figure, save_picture
from troppoly.plotting.regions import plot_gradient_norms, plot_regions
from troppoly.plotting.slices import label_slice, plane_through, plot_slice
from troppoly.plotting.space import plot_walls_in_space
from troppoly.plotting.subcomplexes import plot_subcomplex
from troppoly.plotting.surface import plot_surface
from troppoly.plotting.training import plot_training
from troppoly.plotting.windows import Window, central_window, check_window, window_of

__all__ = [
    "Window",
    "central_window",
    "check_picture_file",
    "check_window",
    "interactive_subcomplex",
    "interactive_surface",
    "interactive_walls",
    "label_slice",
    "overview",
    "plane_through",
    "plot_adjacency",
    "plot_decision_boundary",
    "plot_dual_subdivision",
    "plot_duality",
    "plot_gradient_norms",
    "plot_graph",
    "plot_layers",
    "plot_lifted_newton_polytope",
    "plot_newton_polytope",
    "plot_regions",
    "plot_slice",
    "plot_subcomplex",
    "plot_surface",
    "plot_training",
    "plot_tropical_curve",
    "plot_walls_in_space",
    "save_figure",
    "save_picture",
    "window_of",
]
