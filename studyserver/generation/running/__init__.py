"""Doing a stage: who holds its job, and the work in one process."""
