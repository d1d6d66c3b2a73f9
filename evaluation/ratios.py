"""Public name of the absolute ratio error, which lives in :mod:`evaluation.faces.ratios`.

Scripts and notebooks import it from here, wherever its room may be.
"""

from evaluation.faces.ratios import RatioErrors, absolute_ratio_errors

__all__ = ["RatioErrors", "absolute_ratio_errors"]
