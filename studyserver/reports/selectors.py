"""Reads for reports. Only :func:`votes_table` looks at which method a vote was for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.db.models import F

from studyserver.reports.exceptions import ReportError
from studyserver.studies.models import Condition, Stimulus, Study
from studyserver.survey.models import Vote

VOTE_COLUMNS = ("section", "participant", "question", "chose", "side", "position", "response_ms", "excluded")


@dataclass(frozen=True)
class StimulusOrigin:
    """What a stimulus is and what made it.

    Attributes:
        image_sha256, mesh_sha256: Of the files' content; "" where the section shows none.
        run, checkpoint_sha256, seed, code_revision: Of the engine that made it.
    """

    section: int
    question: int
    method: str
    image_sha256: str
    mesh_sha256: str
    run: str
    checkpoint_sha256: str
    seed: int
    code_revision: str


def compared_methods(study: Study) -> tuple[Condition, Condition]:
    """The method under test and the baseline.

    Raises:
        ReportError: the study does not have both.
    """
    by_role = {condition.role: condition for condition in study.conditions.all()}
    if set(by_role) != set(Condition.Role):
        raise ReportError(f"Study {study.slug!r} lacks a method under test or a baseline; run generate_stimuli.")
    return by_role[Condition.Role.OURS], by_role[Condition.Role.BASELINE]


def votes_table(study: Study, *, simulated: bool) -> pd.DataFrame:
    """Votes of completed participations, real or simulated but never both, in one query.

    Returns:
        The columns of ``evaluation.votes.reading.read_votes``; participants in order of completion, questions in
        that of the study.

    Raises:
        ReportError: a completed participant lacks a vote, so the table would have a gap.
    """
    ours, _ = compared_methods(study)
    rows = (
        Vote.objects.of_completed(study, simulated=simulated)
        .with_preferred_condition()
        .in_analysis_order()
        .values_list(
            "trial__question__section__position",
            "trial__participation_id",
            "trial__question__number",
            F("preferred"),
            "trial__left__condition_id",
            "trial__position",
            "response_ms",
            "trial__participation__excluded",
        )
    )
    votes = pd.DataFrame.from_records(list(rows), columns=[*VOTE_COLUMNS])
    votes = votes.assign(
        chose=(votes["chose"] == ours.pk).astype(int),
        side=np.where(votes["side"] == ours.pk, 1, -1),
        position=votes["position"].astype(float),
        response_ms=votes["response_ms"].astype(float),
        excluded=votes["excluded"].astype(bool),
    )
    counts = votes.groupby("participant").size()
    short = counts[counts < study.question_count]
    if len(short):
        raise ReportError(
            f"Participation {short.index[0]} counts as completed but has {short.iloc[0]} of {study.question_count} "
            "votes, which the survey cannot cause; restore the votes from a backup."
        )
    # Named as in the exported table, so that both give the same numbers to the last digit.
    people = [f"p{number + 1:05}" for number in pd.factorize(votes["participant"])[0]]
    return votes.assign(
        participant=people, section=votes["section"].astype(str), question=votes["question"].astype(str)
    )


def stimulus_origins(study: Study) -> tuple[StimulusOrigin, ...]:
    """All stimuli of the study, question by question; one query."""
    stimuli = Stimulus.objects.filter(question__section__study=study).select_related(
        "question__section", "condition", "image", "mesh"
    )
    return tuple(
        StimulusOrigin(
            section=stimulus.question.section.position,
            question=stimulus.question.number,
            method=stimulus.condition.slug,
            image_sha256=stimulus.image.sha256 if stimulus.image else "",
            mesh_sha256=stimulus.mesh.sha256 if stimulus.mesh else "",
            run=stimulus.run,
            checkpoint_sha256=stimulus.checkpoint_sha256,
            seed=stimulus.seed,
            code_revision=stimulus.code_revision,
        )
        for stimulus in stimuli.order_by("question__section__position", "question__number", "condition__role")
    )
