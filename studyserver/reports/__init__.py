"""Progress and significance reports; the only app that imports ``evaluation``."""
