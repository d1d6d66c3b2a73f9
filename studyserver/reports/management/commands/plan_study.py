"""``plan_study --participants N --questions M``: what a study of that size would find."""

import math
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from evaluation.planning.crossed_power import VarianceShares
from evaluation.planning.sample_size import SampleSize
from studyserver.common.commands import PerceptionistCommand
from studyserver.reports.outlook import ASSUMED, Outlook, outlook, pilot_shares
from studyserver.studies.selectors import get_study


class Command(PerceptionistCommand):
    help = "Say how likely a study of a given size is to find a preference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--participants", type=int, default=154, help="Who complete it (default: 154).")
        parser.add_argument("--questions", type=int, default=10, help="Of one section (default: 10).")
        parser.add_argument("--share", type=float, default=0.6, help="True share of answers (default: 0.6).")
        parser.add_argument("--alpha", type=float, default=0.001, help="One-sided level (default: 0.001).")
        parser.add_argument("--participant-share", type=float, default=ASSUMED.participant, help="Of the variance.")
        parser.add_argument("--question-share", type=float, default=ASSUMED.question, help="Of the variance.")
        parser.add_argument("--pilot", metavar="STUDY", help="Take both shares from this closed study.")

    def handle(
        self,
        *,
        participants: int,
        questions: int,
        share: float,
        alpha: float,
        participant_share: float,
        question_share: float,
        pilot: str | None,
        **_: Any,
    ) -> str:
        try:
            shares = pilot_shares(get_study(pilot)) if pilot else VarianceShares(participant_share, question_share)
            plan = outlook(share=share, participants=participants, questions=questions, shares=shares, alpha=alpha)
        except ValueError as error:
            raise CommandError(f"Cannot plan this study: {error}.") from error
        return as_text(plan)


def as_text(plan: Outlook) -> str:
    """The answer, what it rests on, and a table of other sizes."""
    lines = [
        f"{plan.participants} participants and {plan.questions} questions find a true preference of "
        f"{100 * plan.share:.1f} % with a probability of {100 * plan.power:.1f} % (level {plan.alpha}, one-sided).",
        "",
        f"  with any number of participants       at most {100 * plan.ceiling:.1f} %",
        f"  participants needed for 80 %          {needed(plan.more_participants)}",
        f"  questions needed for 80 %             {needed(plan.more_questions)}",
        f"  smallest preference found with 80 %   {f'{100 * plan.detectable:.1f} %' if plan.detectable else 'none'}",
        f"  answers needed, were all independent  {plan.independent or 'no number is enough'}",
        "",
        f"Assumed: people make {100 * plan.shares.participant:.1f} % of the variance of an answer, questions "
        f"{100 * plan.shares.question:.1f} %.",
        "",
        "participants" + "".join(f"{questions:>6.0f} questions" for questions in plan.table.questions),
    ]
    for participants, row in zip(plan.table.participants, plan.table.power, strict=True):
        size = "any number" if math.isinf(participants) else f"{participants:.0f}"
        lines.append(f"{size:<12}" + "".join(f"{100 * power:>14.1f} %" for power in row))
    return "\n".join(lines)


def needed(size: SampleSize) -> str:
    """The number, and whether a much larger one would do as well."""
    if size.needed is None:
        return "no number is enough"
    return f"{size.needed}" if size.kept else f"{size.needed} (more may lose it again)"
