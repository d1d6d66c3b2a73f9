"""Statistics of preference studies and errors of face meshes. Arrays and counts in, results out."""

__version__ = "0.2.0"
"""Of all three packages, which are released together."""
