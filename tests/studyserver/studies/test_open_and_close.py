import pytest
from django.db import IntegrityError, transaction

from studyserver.studies.exceptions import StudyClosed, StudyFrozen, StudyNotReady
from studyserver.studies.freezing import require_editable
from studyserver.studies.models import Condition, Question, Section, Stimulus, Study
from studyserver.studies.selectors import missing_parts
from studyserver.studies.services import close_study, open_study
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


@pytest.fixture
def draft():
    return factories.study(questions=1, state=Study.State.DRAFT)


def test_a_complete_draft_opens(draft):
    opened = open_study(study=draft)
    assert opened.accepts_votes
    assert opened.opened_at is not None


def test_opening_twice_keeps_the_first_time(draft):
    assert open_study(study=draft).opened_at == open_study(study=draft).opened_at


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda: Stimulus.objects.first().delete(), r"question 1 has 1 of 2 complete stimuli"),
        (
            lambda: Stimulus.objects.filter(mesh=None).update(
                mesh=factories.asset(), turntable=factories.asset(), image=None
            ),
            r"question 1 has 0 of 2 complete stimuli",
        ),
        (lambda: Question.objects.filter(section__position=2).delete(), r"section 2 has no questions"),
        (lambda: Section.objects.all().delete(), r"no questions"),
        (lambda: (Stimulus.objects.all().delete(), Condition.objects.first().delete()), r"1 of the two conditions"),
        (
            lambda: Stimulus.objects.exclude(mesh=None).first().mesh.path.unlink(),
            r"1 of its files are missing or cut short; see: manage\.py check_media faces$",
        ),
    ],
    ids=["stimulus missing", "wrong medium", "empty section", "no sections", "one condition", "file missing"],
)
def test_an_incomplete_draft_stays_closed_and_says_why(draft, damage, message):
    damage()
    with pytest.raises(StudyNotReady, match=message):
        open_study(study=draft)
    draft.refresh_from_db()
    assert draft.state == Study.State.DRAFT


@pytest.mark.parametrize(("medium", "same"), [("image", ["image"]), ("mesh", ["mesh"]), ("joint", ["image", "mesh"])])
def test_a_question_with_the_same_on_both_sides_keeps_the_draft_closed(draft, medium, same):
    one, other = Stimulus.objects.filter(question__section__medium=medium)
    for part in same:
        assert missing_parts(draft) == []
        setattr(one, part, getattr(other, part))
        one.save()
    assert missing_parts(draft) == [f"{one.question} shows the same on both sides; make one of its two stimuli anew."]
    with pytest.raises(StudyNotReady, match="question 1 shows the same on both sides"):
        open_study(study=draft)


def test_attention_checks_need_the_faces_of_two_people(draft):
    Study.objects.update(attention_checks=6)
    draft.refresh_from_db()
    assert missing_parts(draft) == []
    Question.objects.update(identity="Someone")
    refused = r"attention checks \(6\), which show the reference faces of two people.* set the number to 0"
    with pytest.raises(StudyNotReady, match=refused):
        open_study(study=draft)
    for question, name in zip(Question.objects.all(), "ABC", strict=True):
        Question.objects.filter(pk=question.pk).update(identity=name, reference=Question.objects.first().reference)
    with pytest.raises(StudyNotReady, match=refused):
        open_study(study=draft)
    Study.objects.update(attention_checks=0)
    assert open_study(study=draft).accepts_votes


def test_the_database_itself_keeps_the_attention_checks_passable(draft):
    for checks, passes in [(13, 0), (3, 4)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Study.objects.update(attention_checks=checks, attention_passes=passes)


def test_closing_is_final(draft):
    open_study(study=draft)
    closed = close_study(study=draft)
    assert not closed.accepts_votes
    assert close_study(study=draft).closed_at == closed.closed_at
    with pytest.raises(StudyClosed, match="cannot be opened again"):
        open_study(study=draft)


def test_a_draft_cannot_be_closed(draft):
    with pytest.raises(StudyNotReady, match="is a draft"):
        close_study(study=draft)


def test_a_study_with_a_vote_cannot_be_edited(draft):
    require_editable(draft)
    factories.freeze(draft)
    draft.refresh_from_db()
    with pytest.raises(StudyFrozen, match="Make a new study"):
        require_editable(draft)
