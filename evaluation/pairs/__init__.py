"""More than two methods, compared in pairs: which pairs to show, and one scale for all methods."""
