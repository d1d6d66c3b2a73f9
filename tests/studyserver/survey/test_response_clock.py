"""Response times as the browser measures them: from the moment that all is on the screen to the confirmed choice."""

import time

import pytest
from playwright.sync_api import expect

from studyserver.studies.models import Study
from studyserver.survey.models import AttentionCheck, Participation, Vote
from tests import factories
from tests.studyserver.survey.in_browser import NO_GL, SOFTWARE_GL, answer, begin, ready, skip_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DELAY_S = 2


@pytest.fixture
def study(transactional_db):
    """Three questions: images, 3D models, both."""
    return factories.study(questions=1)


def response_ms(position):
    return Vote.objects.get(trial__position=position).response_ms


def sent(page, position):
    """Wait until the answer to a question was taken."""
    page.wait_for_url(lambda url: not url.endswith(f"/{position}/"))


def answer_at_once(page, position):
    """Answer what is on the screen.

    Returns:
        In how many milliseconds the answer must have come: one second, or on a busy machine what all of it took.
    """
    began = time.monotonic()
    answer(page, position)
    sent(page, position)
    return max(1000, 1000 * (time.monotonic() - began))


def part_of(position, part):
    """The address of what stands right in a question: its image, mesh or turntable."""
    participation = Participation.objects.get()
    stimulus = participation.trials.get(position=position).right
    return f"**/{getattr(stimulus, f'{part}_id')}*"


def come_late(page, address):
    """Hold a file back; the list grows by each time that it is asked for."""
    asked = []

    def hold(route):
        asked.append(route.request.url)
        time.sleep(DELAY_S)
        route.continue_()

    page.route(address, hold)
    return asked


@pytest.mark.parametrize(
    ("position", "part", "arguments"),
    [
        (1, "image", SOFTWARE_GL),
        (2, "mesh", SOFTWARE_GL),
        (2, "turntable", NO_GL),
        (3, "image", SOFTWARE_GL),
        (3, "mesh", SOFTWARE_GL),
    ],
)
def test_the_clock_starts_when_the_last_part_is_shown(position, part, arguments, open_browser, study):
    page = open_browser(arguments=arguments)
    begin(page)
    skip_to(page, position)
    asked = come_late(page, part_of(position, part))  # Nothing is cached from here on.
    page.reload()
    ready(page, position)
    assert page.evaluate("performance.now()") > 1000 * DELAY_S
    at_once_ms = answer_at_once(page, position)
    assert asked
    assert 0 < response_ms(position) < at_once_ms


def test_nothing_can_be_answered_before_all_is_shown(open_browser, study):
    page = open_browser()
    begin(page)
    come_late(page, part_of(1, "image"))
    page.reload(wait_until="commit")
    page.wait_for_selector("html.scripted")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    ready(page, 1)
    expect(page.get_by_role("radio", name="A")).not_to_be_checked()
    assert not Vote.objects.exists()


def test_the_clock_stops_at_the_confirmation_and_not_at_the_choice(open_browser, study):
    page = open_browser()
    begin(page)
    page.wait_for_timeout(700)
    page.keyboard.press("1")
    page.wait_for_timeout(700)
    page.keyboard.press("2")
    page.wait_for_timeout(700)
    at_once_ms = answer_at_once(page, 1)
    assert 2100 <= response_ms(1) < 2100 + at_once_ms


def test_a_click_is_timed_as_a_key_is(open_browser, study):
    page = open_browser()
    begin(page)
    page.wait_for_timeout(1000)
    began = time.monotonic()
    page.locator(".choice", has_text="B").click()
    page.get_by_role("button", name="Next").click()
    sent(page, 1)
    clicking_ms = 1000 * (time.monotonic() - began)
    assert 1000 <= response_ms(1) < 1000 + max(1000, clicking_ms)


def test_a_reload_shows_the_question_anew_and_starts_the_clock_anew(open_browser, study):
    page = open_browser()
    begin(page)
    page.wait_for_timeout(1000 * DELAY_S)
    page.reload()
    ready(page, 1)
    at_once_ms = answer_at_once(page, 1)
    assert 0 < response_ms(1) < at_once_ms


def test_time_without_a_connection_is_no_time_to_answer(open_browser, study):
    page = open_browser()
    begin(page)
    page.context.set_offline(True)
    began = time.monotonic()
    answer(page, 1)
    at_once_ms = max(1000, 1000 * (time.monotonic() - began))
    page.wait_for_timeout(1000 * DELAY_S)
    page.context.set_offline(False)
    sent(page, 1)
    assert 0 < response_ms(1) < at_once_ms


def test_attention_checks_are_timed_as_questions_are(open_browser, study):
    Study.objects.update(attention_checks=3)
    page = open_browser()
    begin(page)
    skip_to(page, 2)
    page.wait_for_timeout(1000)
    at_once_ms = answer_at_once(page, 2)
    assert 1000 <= AttentionCheck.objects.get(position=2).response_ms < 1000 + at_once_ms
