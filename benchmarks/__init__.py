"""Measurements against the project's targets: ``make bench``."""
