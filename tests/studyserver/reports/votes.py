"""Completed participations with given answers, stored as rows, without the survey."""

import uuid
from datetime import timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from studyserver.common.triggers import drop_all
from studyserver.studies.models import Asset, Condition, Question, Section, Stimulus, Study
from studyserver.survey.models import Participation, Trial, Vote

CLEAR = np.random.default_rng(3).random((40, 10)) < 0.75
"""Answers of forty people to ten questions, clearly for the method under test."""
EVEN = np.random.default_rng(6).random((40, 10)) < 0.5
"""The same of people who toss coins."""


def without_triggers() -> None:
    """Reports are tested on rows as they could be, however they came to be; the transaction's end undoes this."""
    connection.check_constraints()  # PostgreSQL alters no table that a check is still to come for.
    drop_all(connection)


def study(slug: str = "faces", *, state: str = Study.State.OPEN, questions: int = 10) -> Study:
    """As ``tests.factories.study``, but all stimuli share one file that is not on the disk: reports read rows only."""
    without_triggers()
    now = timezone.now()
    made = Study.objects.create(
        slug=slug,
        title="Faces",
        organizer="Test lab",
        contact="x@y.org",
        state=state,
        seed=7,
        opened_at=None if state == Study.State.DRAFT else now - timedelta(hours=1),
        closed_at=now if state == Study.State.CLOSED else None,
    )
    ours = Condition.objects.create(study=made, slug="cmp-unsupervised", role=Condition.Role.OURS)
    baseline = Condition.objects.create(study=made, slug="base-2", role=Condition.Role.BASELINE)
    picture, _ = Asset.objects.get_or_create(sha256="0" * 64, defaults={"media_type": "image/webp", "size_bytes": 1})
    sections = Section.objects.bulk_create(
        Section(study=made, position=position, medium=medium, title=f"Part {position}", prompt="Which is closer?")
        for position, medium in enumerate(Section.Medium.values, start=1)
    )
    asked = Question.objects.bulk_create(
        Question(section=section, number=number, identity="Someone", reference=picture)
        for section in sections
        for number in range(1, questions + 1)
    )
    Stimulus.objects.bulk_create(
        Stimulus(question=question, condition=condition, image=picture, run="test", seed=1)
        for question in asked
        for condition in (ours, baseline)
    )
    return made


def closed(**kwargs) -> Study:
    """Such a study, closed."""
    return study(state=Study.State.CLOSED, **kwargs)


def store_votes(
    study: Study, tables, *, lefts=None, simulated=False, excluded=False, response_ms=3000
) -> list[Participation]:
    """One participation per row; ``tables``: per section a table (S, Q), true where the method under test was chosen.

    Args:
        lefts: per section a table (S, Q), true where the left stimulus was chosen; by default ours stands left in
            the even questions of even participants and the odd questions of odd ones.
        response_ms: of every answer.

    Each participant begins every section one question later than the one before.
    """
    sections = [_pairs(section) for section in study.sections.all()]
    now = timezone.now()
    people = Participation.objects.bulk_create(
        Participation(
            study=study,
            seed=number,
            kind=Participation.Kind.counted(simulated=simulated),
            excluded=excluded,
            consented_at=now - timedelta(minutes=12),
            consent_sha256="0" * 64,
            completed_at=now - timedelta(minutes=2),
            completion_code=uuid.uuid4().hex[:12],
        )
        for number in range(len(tables[0]))
    )
    trials, choices = [], []
    for s, person in enumerate(people):
        for index, pairs in enumerate(sections):
            for q, (question, ours, baseline) in enumerate(pairs):
                chose_ours = bool(tables[index][s][q])
                ours_left = (bool(lefts[index][s][q]) == chose_ours) if lefts else (s + q) % 2 == 0
                left, right = (ours, baseline) if ours_left else (baseline, ours)
                position = index * len(pairs) + (q - s) % len(pairs) + 1
                # Keys instead of objects: half the time for thousands of rows.
                trials.append(
                    Trial(
                        participation_id=person.pk,
                        question_id=question,
                        position=position,
                        left_id=left,
                        right_id=right,
                    )
                )
                choices.append("left" if ours_left == chose_ours else "right")
    trials = Trial.objects.bulk_create(trials)
    Vote.objects.bulk_create(
        Vote(trial_id=trial.pk, choice=choice, response_ms=response_ms)
        for trial, choice in zip(trials, choices, strict=True)
    )
    if connection.vendor == "postgresql":
        # Autovacuum cannot see rows of an open transaction; without statistics the planner takes minutes.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return people


def _pairs(section: Section) -> list[tuple[int, int, int]]:
    """Keys of each question and of its stimuli: of the method under test, of the baseline."""
    pairs = []
    for question in section.questions.prefetch_related("stimuli__condition"):
        by_role = {stimulus.condition.role: stimulus.pk for stimulus in question.stimuli.all()}
        pairs.append((question.pk, by_role[Condition.Role.OURS], by_role[Condition.Role.BASELINE]))
    return pairs
