"""A picture or model that does not come: nobody votes on what they did not see, and nobody is stuck."""

import pytest
from playwright.sync_api import expect

from studyserver.survey.models import Participation
from tests import factories
from tests.studyserver.survey.in_browser import EXPECTED, NO_GL, SOFTWARE_GL, answer, ready, skip_to, votes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# What the console says of a file that is not there, and the decoder of one that is no mesh.
NOT_FOUND = (*EXPECTED, "status of 404", "THREE.DRACOLoader: Decoding failed")


@pytest.fixture
def study(transactional_db):
    """Three questions: images, 3D models, both."""
    return factories.study(questions=1)


@pytest.fixture
def hide():
    """Take a file of a question away, or exchange its bytes; the function that is returned puts it back."""

    def hidden(position, part, *, damaged=False):
        path = getattr(Participation.objects.get().trials.get(position=position).right, part).path
        content = path.read_bytes()
        if damaged:
            path.write_bytes(bytes(len(content)))
        else:
            path.unlink()
        return lambda: path.write_bytes(content)

    return hidden


def consent(page):
    page.goto("/s/faces/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and begin").click()
    page.wait_for_url("**/instructions/")


def start(page):
    """From the instructions to the first question; the browser has asked for no file yet."""
    page.get_by_role("button", name="Start with question 1").click()


def arrive(page, position):
    """Answer all before a question, and come to its page."""
    for before in range(1, position):
        answer(page, before)
    page.wait_for_url(f"**/{position}/")


def expect_no_answer_is_taken(page, contact="lab@example.org"):
    page.wait_for_selector("[data-missing][data-looking]", timeout=60_000)  # All files are tried for seven seconds.
    said = page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(said).to_be_visible()
    for words in ("not your fault", "nothing is lost", contact):
        expect(said).to_contain_text(words)
    before = votes()
    expect(page.locator("input[name=choice]:enabled")).to_have_count(0)
    expect(page.get_by_role("button", name="Next")).to_be_hidden()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    assert page.locator("input[name=choice]:checked").count() == 0
    assert votes() == before


@pytest.mark.parametrize(
    ("position", "part", "damaged", "arguments"),
    [
        (1, "image", False, SOFTWARE_GL),
        (1, "image", True, SOFTWARE_GL),
        (2, "mesh", False, SOFTWARE_GL),
        (2, "mesh", True, SOFTWARE_GL),
        (2, "turntable", False, NO_GL),
        (3, "turntable", True, NO_GL),
    ],
    ids=["image", "image of other bytes", "mesh", "mesh of other bytes", "stills", "stills of other bytes"],
)
def test_file_that_does_not_come_locks_the_answer_until_it_is_back(
    position, part, damaged, arguments, open_browser, study, hide
):
    page = open_browser(arguments=arguments, expected=NOT_FOUND)
    consent(page)
    put_back = hide(position, part, damaged=damaged)
    start(page)
    arrive(page, position)
    expect_no_answer_is_taken(page)
    put_back()
    page.get_by_role("link", name="Try again now").click()
    ready(page, position)
    expect(page.get_by_text("could not be loaded")).to_be_hidden()
    answer(page, position)
    page.wait_for_url(lambda url: not url.endswith(f"/{position}/"))
    assert set(votes()) == set(range(1, position + 1))


def test_page_looks_again_by_itself(open_browser, study, hide):
    page = open_browser(expected=NOT_FOUND)
    consent(page)
    put_back = hide(2, "mesh")
    start(page)
    answer(page, 1)
    page.clock.install()
    page.wait_for_url("**/2/")
    expect(page.get_by_text("could not be loaded")).to_be_visible()
    page.clock.run_for(8000)  # All tries of the viewer.
    put_back()
    page.clock.run_for(31_000)
    page.wait_for_load_state()
    page.clock.run_for(2000)
    ready(page, 2)


def test_without_scripts_the_answer_is_locked_too_and_the_page_looks_again(open_browser, study, hide):
    page = open_browser(java_script_enabled=False, expected=NOT_FOUND)
    consent(page)
    put_back = hide(1, "image")
    start(page)
    expect(page.get_by_text("could not be loaded")).to_be_visible()
    expect(page.locator("input[name=choice]:enabled")).to_have_count(0)
    expect(page.get_by_role("button", name="Next")).to_be_hidden()
    put_back()
    page.get_by_role("link", name="Try again now").click()
    page.get_by_role("radio", name="A").check()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/2/")
    assert votes().keys() == {1}


def test_models_that_are_lost_while_their_stills_are_missing_lock_the_answer(open_browser, study, hide):
    page = open_browser(expected=NOT_FOUND)
    consent(page)
    hide(2, "turntable")
    start(page)
    skip_to(page, 2)  # The models themselves are there.
    expect(page.get_by_text("could not be loaded")).to_be_hidden()
    page.keyboard.press("1")
    page.evaluate(
        "document.querySelector('canvas.stage').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    expect(page.get_by_text("could not be loaded")).to_be_visible(timeout=20_000)
    expect(page.locator("input[name=choice]:enabled")).to_have_count(0)
    page.keyboard.press("Enter")
    assert votes().keys() == {1}


def test_file_that_was_missing_when_it_was_fetched_ahead_is_asked_for_again(open_browser, study, hide):
    page = open_browser(expected=NOT_FOUND)
    consent(page)
    put_back = hide(2, "mesh")
    mesh = Participation.objects.get().trials.get(position=2).right.mesh_id
    with page.expect_response(f"**/a/{mesh}") as fetched:
        start(page)
    assert (fetched.value.status, page.url[-3:]) == (404, "/1/")
    put_back()
    arrive(page, 2)
    ready(page, 2)


def test_viewer_that_does_not_come_is_no_wait_without_an_end(open_browser, study):
    page = open_browser(expected=(*EXPECTED, "net::ERR_FAILED"))
    page.route("**/dist/viewer.js", lambda route: route.abort())
    consent(page)
    start(page)
    arrive(page, 2)
    expect_no_answer_is_taken(page)
    page.unroute("**/dist/viewer.js")
    page.get_by_role("link", name="Try again now").click()
    ready(page, 2)
