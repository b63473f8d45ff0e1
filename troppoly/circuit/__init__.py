"""The piecewise linear circuit that every reader builds, and the layers of its normal form."""
