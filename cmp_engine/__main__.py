"""Entry point of ``python -m cmp_engine``."""

import sys

try:
    from cmp_engine.cli import main
except ModuleNotFoundError as missing:
    if (missing.name or "").startswith(("cmp_engine", "evaluation")):
        raise
    sys.exit(f"{missing.name} is not installed here. Install the engine with its packages: pip install '.[engine]'")

sys.exit(main())
