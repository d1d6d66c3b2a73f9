"""What the database itself refuses, whoever asks: services check first, these hold where something goes past them.

A rule about one row is a constraint of its model. Here are the rules that look at another row, or at the row before a
change. They are taken out before migrations and put back after them; see :func:`put_back`.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from studyserver.common.triggers import Trigger, drop_all, install
from studyserver.studies.analysis_plan import AnalysisPlan

WRITTEN_FOR = {"studies": "0008_known_kinds_and_fitting_times", "survey": "0004_completion_has_a_code"}
"""The migration of each app from which on the tables are as the triggers below name them."""

DESIGN = (
    *("slug", "title", "organizer", "contact", "minutes", "seed", "created_at"),
    *(field.name for field in AnalysisPlan._meta.get_fields()),
)
FIXED = "The study has votes or is closed, so its design stays as it is."
MOVED = "What belongs to one study cannot be given to another."

# How each table leads to its study; {row} is OLD or NEW.
STUDY_OF = {
    "studies_condition": "{row}.study_id",
    "studies_section": "{row}.study_id",
    "studies_question": "(SELECT study_id FROM studies_section WHERE id = {row}.section_id)",
    "studies_stimulus": "(SELECT s.study_id FROM studies_question q JOIN studies_section s ON s.id = q.section_id "
    "WHERE q.id = {row}.question_id)",
}
# The study and the kind of the participation that a vote's trial, or an attention check, is part of.
OF_TRIAL = (
    "SELECT 1 FROM survey_trial t JOIN survey_participation p ON p.id = t.participation_id "
    "JOIN studies_study s ON s.id = p.study_id WHERE t.id = {row}.trial_id AND p.kind <> 'preview' AND "
)
OF_CHECK = (
    "SELECT 1 FROM survey_participation p JOIN studies_study s ON s.id = p.study_id "
    "WHERE p.id = {row}.participation_id AND p.kind <> 'preview' AND "
)
VOTE_OF_A_PERSON = (
    "SELECT 1 FROM survey_vote v JOIN survey_trial t ON t.id = v.trial_id "
    "JOIN survey_participation p ON p.id = t.participation_id WHERE p.study_id = OLD.id AND p.kind = 'person'"
)
# The studies of the participation that a trial or an attention check is part of, and of a stimulus's condition.
TAKEN_IN = "(SELECT study_id FROM survey_participation WHERE id = NEW.participation_id)"
MADE_FOR = "(SELECT study_id FROM studies_condition WHERE id = NEW.condition_id)"
ASKED_IN = STUDY_OF["studies_stimulus"].format(row="NEW")
# Whether the study of that id has votes or is closed.
IS_FIXED = "EXISTS (SELECT 1 FROM studies_study f WHERE f.id = {} AND (f.frozen_at IS NOT NULL OR f.state = 'closed'))"
PLACE_TAKEN = "SELECT 1 FROM {} x WHERE x.participation_id = NEW.participation_id AND x.position = NEW.position"
ONE_PLACE = "Trials and attention checks of a participation share one numbering, and this place is taken."


def on_write(name: str, table: str, when: str, says: str, *, columns: tuple[str, ...]) -> tuple[Trigger, Trigger]:
    """Refused of a new row, and of a row whose ``columns`` change."""
    return (
        Trigger(f"{name}_insert", table, "insert", when, says),
        Trigger(f"{name}_update", table, "update", when, says, columns),
    )


def design_of(table: str, study: str) -> list[Trigger]:
    """Rows of ``table`` are neither added to a study that is fixed, nor changed, nor deleted."""
    name = table.removeprefix("studies_")
    old, new = (IS_FIXED.format(study.format(row=row)) for row in ("OLD", "NEW"))
    return [
        Trigger(f"{name}_of_fixed_study_insert", table, "insert", new, FIXED),
        Trigger(f"{name}_of_fixed_study_update", table, "update", f"{old} OR {new}", FIXED),
        Trigger(f"{name}_of_fixed_study_delete", table, "delete", old, FIXED),
    ]


STUDIES = [
    Trigger(
        "study_end_is_final",
        "studies_study",
        "update",
        "OLD.state = 'closed'",
        "A closed study stays closed, because its results may have been seen.",
        ("state",),
    ),
    Trigger(
        "study_opened_once",
        "studies_study",
        "update",
        "OLD.opened_at IS NOT NULL",
        "The time at which a study was opened stays as it is.",
        ("opened_at",),
    ),
    Trigger(
        "study_closed_once",
        "studies_study",
        "update",
        "OLD.closed_at IS NOT NULL",
        "The time at which a study was closed stays as it is.",
        ("closed_at",),
    ),
    Trigger(
        "study_freeze_stays",
        "studies_study",
        "update",
        "OLD.frozen_at IS NOT NULL AND "
        f"(NEW.frozen_at IS NOT NULL OR OLD.state = 'closed' OR EXISTS ({VOTE_OF_A_PERSON}))",
        "The time of the first vote stays as it is while there is one, and in a closed study for good.",
        ("frozen_at",),
    ),
    Trigger(
        "study_design_stays",
        "studies_study",
        "update",
        "OLD.frozen_at IS NOT NULL OR OLD.state = 'closed'",
        FIXED,
        DESIGN,
    ),
    Trigger(
        "study_fixed_is_kept",
        "studies_study",
        "delete",
        "OLD.frozen_at IS NOT NULL OR OLD.state = 'closed'",
        "A study that has votes or is closed is kept.",
    ),
    *(trigger for table, study in STUDY_OF.items() for trigger in design_of(table, study)),
    Trigger("condition_keeps_its_study", "studies_condition", "update", "TRUE", MOVED, ("study_id",)),
    Trigger("section_keeps_its_study", "studies_section", "update", "TRUE", MOVED, ("study_id",)),
    Trigger(
        "question_keeps_its_study",
        "studies_question",
        "update",
        " <> ".join(STUDY_OF["studies_question"].format(row=row) for row in ("OLD", "NEW")),
        MOVED,
        ("section_id",),
    ),
    *on_write(
        "stimulus_is_of_its_study",
        "studies_stimulus",
        f"{MADE_FOR} <> {ASKED_IN}",
        "The condition of a stimulus is one of another study than its question.",
        columns=("question_id", "condition_id"),
    ),
    Trigger(
        "asset_is_its_content",
        "studies_asset",
        "update",
        "TRUE",
        "A file is known by its content; another content is another file.",
        ("id", "sha256", "media_type", "size_bytes"),
    ),
    Trigger(
        "registration_stays",
        "studies_registration",
        "update",
        "TRUE",
        "A registration is never changed.",
        ("study_id", "text", "sha256", "created_at"),
    ),
    Trigger(
        "registration_superseded_once",
        "studies_registration",
        "update",
        "OLD.superseded_at IS NOT NULL",
        "A superseded registration stays so.",
        ("superseded_at",),
    ),
    Trigger("registration_is_kept", "studies_registration", "delete", "TRUE", "A registration is kept."),
    Trigger(
        "audit_entry_stays",
        "studies_auditentry",
        "update",
        "TRUE",
        "What was done is never rewritten.",
        ("study_slug", "actor_name", "action", "detail", "created_at"),
    ),
    Trigger("audit_entry_is_kept", "studies_auditentry", "delete", "TRUE", "What was done stays written down."),
]
SURVEY = [
    Trigger(
        "participation_keeps_its_study",
        "survey_participation",
        "update",
        "TRUE",
        "A participation stays in its study, and of its kind.",
        ("study_id", "kind"),
    ),
    Trigger(
        "completion_stays",
        "survey_participation",
        "update",
        "OLD.completed_at IS NOT NULL",
        "A completed participation keeps its time and its code.",
        ("completed_at", "completion_code"),
    ),
    *on_write(
        "trial_is_of_its_study",
        "survey_trial",
        f"{TAKEN_IN} <> {ASKED_IN}",
        "A trial asks a question of another study.",
        columns=("participation_id", "question_id"),
    ),
    *on_write(
        "trial_shows_its_question",
        "survey_trial",
        "EXISTS (SELECT 1 FROM studies_stimulus x WHERE x.id IN (NEW.left_id, NEW.right_id) "
        "AND x.question_id <> NEW.question_id)",
        "A trial shows a stimulus of another question.",
        columns=("question_id", "left_id", "right_id"),
    ),
    *on_write(
        "trial_has_its_place",
        "survey_trial",
        f"EXISTS ({PLACE_TAKEN.format('survey_attentioncheck')})",
        ONE_PLACE,
        columns=("participation_id", "position"),
    ),
    Trigger(
        "trial_with_a_vote_stays",
        "survey_trial",
        "update",
        "EXISTS (SELECT 1 FROM survey_vote v WHERE v.trial_id = OLD.id)",
        "What was voted on stays as it was shown.",
        ("participation_id", "question_id", "position", "left_id", "right_id"),
    ),
    *on_write(
        "check_is_of_its_study",
        "survey_attentioncheck",
        f"{TAKEN_IN} <> {ASKED_IN}",
        "An attention check shows the face of another study's question.",
        columns=("participation_id", "question_id"),
    ),
    *on_write(
        "check_has_its_place",
        "survey_attentioncheck",
        f"EXISTS ({PLACE_TAKEN.format('survey_trial')})",
        ONE_PLACE,
        columns=("participation_id", "position"),
    ),
    Trigger(
        "check_answered_stays",
        "survey_attentioncheck",
        "update",
        "OLD.answered_at IS NOT NULL",
        "The answer to an attention check is never changed.",
        ("participation_id", "question_id", "position", "other_id", "correct", "choice", "response_ms", "answered_at"),
    ),
    Trigger(
        "check_answered_while_open",
        "survey_attentioncheck",
        "update",
        f"NEW.answered_at IS NOT NULL AND EXISTS ({OF_CHECK.format(row='NEW')} s.state <> 'open')",
        "A study takes answers only while it is open.",
        ("answered_at",),
    ),
    Trigger(
        "check_of_closed_study_is_kept",
        "survey_attentioncheck",
        "delete",
        f"OLD.answered_at IS NOT NULL AND EXISTS ({OF_CHECK.format(row='OLD')} s.state = 'closed')",
        "The answers of a closed study are kept.",
    ),
    Trigger(
        "vote_while_open",
        "survey_vote",
        "insert",
        f"EXISTS ({OF_TRIAL.format(row='NEW')} s.state <> 'open')",
        "A study takes answers only while it is open.",
    ),
    Trigger(
        "vote_stays",
        "survey_vote",
        "update",
        "TRUE",
        "A vote is never changed.",
        ("id", "trial_id", "choice", "response_ms", "created_at"),
    ),
    Trigger(
        "vote_of_closed_study_is_kept",
        "survey_vote",
        "delete",
        f"EXISTS ({OF_TRIAL.format(row='OLD')} s.state = 'closed')",
        "The answers of a closed study are kept.",
    ),
]
TRIGGERS = [*STUDIES, *SURVEY]


def belonging(using: str) -> list[Trigger]:
    """Those whose tables are there, as they are named here: of the apps whose migrations have come so far."""
    applied = MigrationRecorder(connections[using]).applied_migrations()
    there = {app for app, migration in WRITTEN_FOR.items() if (app, migration) in applied}
    return [
        each for each in TRIGGERS if all(app in there or f"{app}_" not in each.when + each.table for app in WRITTEN_FOR)
    ]


def take_out(*, using: str, plan: Sequence[Any], **_: Any) -> None:
    """Before migrations: Django rebuilds tables on SQLite, and a migration may correct what no service may change."""
    if plan:
        drop_all(connections[using])


def put_back(*, using: str, **_: Any) -> None:
    """After migrations, forth or back."""
    install(connections[using], belonging(using))
