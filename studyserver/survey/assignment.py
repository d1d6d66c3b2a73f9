"""Who sees which question when, and which condition on which side: seeded, exactly balanced, replayable.

Pure functions. The balance of a question is the number of participations, completed or still under way, that
have the method under test on the left, less the number that have it on the right.

Why the greedy choice of sides is exact. Give every plan of a section as many lefts as rights, and let the
questions that stood left most often stand right next. With everyone staying, all balances are 0 after an even
number of participations; after an odd number half are +1 and half -1, so the next plan is forced to be the
mirror image of the last. When people drop out, the balances left behind are a sum of u balanced plans (u people
whose mirror image is gone). The u mirror images would repair it; choosing the largest balances first never does
worse (the argument of Gale and Ryser for 0/1 matrices with given margins), so the next u arrivals restore a
difference of at most one, whoever left.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class PlannedTrial:
    """A question at its place in the plan, by position in the sequence, and the side of the method under test."""

    question: int
    ours_left: bool


def derive_seed(study_seed: int, kind: str, arrival: int) -> int:
    """The seed of a study's ``arrival``-th participation of a kind ("real" or "simulated"), in [0, 2**63)."""
    digest = hashlib.sha256(f"{study_seed}/{kind}/{arrival}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def plan_section(balances: Mapping[int, int], random: Random) -> list[PlannedTrial]:
    """Sides and order of one section's questions.

    Args:
        balances: question -> times ours stood left minus times it stood right.
        random: draws ties and the order; consumed.

    Returns:
        Every question once, shuffled; ours stands left in half of them. With an odd number of questions one
        side gets one more, by turns.
    """
    questions = list(balances)
    random.shuffle(questions)  # Decides between equal balances, as the sort is stable.
    questions.sort(key=balances.__getitem__)
    lefts = len(questions) // 2
    if len(questions) % 2:
        total = sum(balances.values())
        lefts += total < 0 or (total == 0 and random.random() < 0.5)
    planned = [PlannedTrial(question, ours_left=rank < lefts) for rank, question in enumerate(questions)]
    random.shuffle(planned)
    return planned


def plan_participation(sections: Iterable[Mapping[int, int]], seed: int) -> list[PlannedTrial]:
    """The whole way of one participant: sections in their given order, questions shuffled within each."""
    random = Random(seed)
    return [trial for balances in sections for trial in plan_section(balances, random)]
