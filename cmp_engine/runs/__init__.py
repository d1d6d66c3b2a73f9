"""A trained run on disk: what training writes and inference reads."""
