"""Public name of the headline test, which lives in :mod:`evaluation.votes.crossed`.

Scripts and notebooks import it from here, wherever its room may be.
"""

from evaluation.votes.crossed import CrossedTest, crossed_test

__all__ = ["CrossedTest", "crossed_test"]
