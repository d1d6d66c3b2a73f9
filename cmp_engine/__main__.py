"""Entry point of ``python -m cmp_engine``."""

import sys

from cmp_engine.cli import main

sys.exit(main())
