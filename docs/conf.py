"""The documentation site: ``make docs`` builds it into docs/_build."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_extensions")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyserver.settings")
# The commands' parsers are read, nothing is run; the data folder is one that nobody has.
os.environ.setdefault("PERCEPTIONIST_DATA_DIR", str(ROOT / "docs" / "_build" / "data"))

project = "Perceptionist"
copyright = "the Perceptionist authors"  # The name that Sphinx reads.
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",  # Google style, of the engine.
    "numpydoc",  # NumPy style, of the statistics.
    "command_reference",
    "mathematics",
]
html_theme = "furo"
html_title = "Perceptionist"
exclude_patterns = ["_build", "_extensions"]
default_role = "code"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
numpydoc_show_class_members = False
html_show_sourcelink = False
html_math_renderer = "mathml"
