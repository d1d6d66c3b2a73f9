"""Public name of the test of votes against chance, which lives in :mod:`evaluation.votes.preference`.

Scripts and notebooks import it from here, wherever its room may be.
"""

from evaluation.votes.preference import PreferenceTest, preference_test

__all__ = ["PreferenceTest", "preference_test"]
