"""A trained run on disk: what training writes and inference reads."""

import cmp_engine.installed  # noqa: F401 - says what to install where something is missing
