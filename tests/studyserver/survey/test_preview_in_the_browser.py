"""A preview from the study's page to its end: a real Chromium, on a laptop and on a phone."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from studyserver.studies.models import Study
from studyserver.studies.services import open_study
from studyserver.survey.models import Participation, Vote
from studyserver.survey.previews import skip_ahead, start_preview
from studyserver.survey.services import confirm_instructions, start_participation
from tests import factories
from tests.studyserver.survey.in_browser import answer, ready

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WINDOWS = {
    "laptop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True},
}


@pytest.fixture
def draft(transactional_db):
    made = factories.study(questions=2, state=Study.State.DRAFT)
    made.attention_checks = 1
    made.save(update_fields=["attention_checks"])
    return made


@pytest.fixture
def show(request, tmp_path):
    """Keep a picture of the page; in a folder of one's own for whoever wants to look: PERCEPTIONIST_PICTURES."""
    folder = Path(os.environ.get("PERCEPTIONIST_PICTURES", tmp_path))

    def take(page, name):
        page.screenshot(path=folder / f"{request.node.callspec.id}-{name}.png", animations="disabled")

    return take


@pytest.mark.parametrize("window", WINDOWS)
def test_from_the_study_page_to_the_end(window, open_browser, live_server, client, draft, show):
    client.force_login(User.objects.create_superuser("admin"))
    assert client.get("/studies/faces/").status_code == 200  # Loads what the page needs, which takes seconds.
    page = open_browser(**WINDOWS[window])
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    mark = page.get_by_role("complementary", name="Preview")

    def marked(name):
        expect(mark).to_contain_text("Nothing here counts")
        page.evaluate("window.scrollTo(0, 0)")
        assert page.evaluate("document.documentElement.scrollWidth") <= WINDOWS[window]["viewport"]["width"]
        box = mark.bounding_box()
        assert (box["x"], box["y"], box["width"]) == (0, 0, WINDOWS[window]["viewport"]["width"])
        show(page, name)

    page.goto("/studies/faces/")
    show(page, "study")
    page.get_by_role("button", name="Preview", exact=True).click()
    page.get_by_role("checkbox").check()
    marked("welcome")
    page.get_by_role("button", name="Agree and begin").click()
    expect(page.get_by_role("heading", name="How it works")).to_be_visible()
    marked("instructions")
    page.get_by_role("button", name="Start with question 1").click()
    ready(page, 1)
    marked("image")
    answer(page, 1)
    ready(page, 2)
    mark.get_by_role("button", name="Next section").click()
    page.wait_for_selector(".trial--mesh[data-ready]")
    marked("mesh")
    mark.get_by_role("button", name="Next section").click()
    page.wait_for_selector(".trial--joint[data-ready]")
    marked("joint")
    mark.get_by_role("button", name="To the end").click()
    expect(page.locator("#code")).to_contain_text("PREVIEW-")
    marked("finish")
    assert Vote.objects.count() == 6
    mark.get_by_role("button", name="End the preview").click()
    expect(page.get_by_role("heading", name="Faces")).to_be_visible()
    assert page.url.endswith("/studies/faces/")
    assert not Participation.objects.exists()
    assert Study.objects.get().frozen_at is None


def test_stimuli_have_the_size_that_participants_see(open_browser, draft):
    """The mark comes on top of the page, and takes nothing from it."""
    open_study(study=draft)
    person, preview = start_participation(study=draft), start_preview(study=draft)
    confirm_instructions(participation=person)
    skip_ahead(preview=preview, to_end=False)
    page = open_browser(**WINDOWS["laptop"])
    sizes = []
    for way in (person, preview):
        page.goto(f"/p/{way.token}/")
        ready(page, 1)
        boxes = [image.bounding_box() for image in page.locator("main img").all()]
        sizes.append([(box["width"], box["height"]) for box in boxes])
    assert sizes[0] == sizes[1]
