"""Errors of face meshes: ratios, landmarks, what is left after alignment, coherence; and what people are means of."""
