"""Linear regions of piecewise linear functions, by two routes."""
