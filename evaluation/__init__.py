"""Statistics of preference studies and errors of face meshes. Arrays and counts in, results out."""
