"""Which study, data set, run and stages a request takes. Nothing here does the work."""
