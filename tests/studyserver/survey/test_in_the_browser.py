"""The survey as a participant meets it: a real Chromium against a real server."""

import io

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from studyserver.studies.models import Study
from studyserver.survey.models import AttentionCheck, Participation, Vote
from tests import factories
from tests.studyserver.survey.in_browser import NO_GL, PHONE, answer, begin, ready, skip_to, votes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def full_study(transactional_db):
    return factories.study(questions=10)


@pytest.fixture
def study(transactional_db):
    """Three questions: images, 3D models, both."""
    return factories.study(questions=1)


def pattern(position):
    """An irregular but fixed series of choices, both sides among the first three."""
    return "left" if position * position % 7 < 3 else "right"


def expected(questions):
    return {position: pattern(position) for position in range(1, questions + 1)}


def test_thirty_questions_by_keyboard(open_browser, full_study):
    page = open_browser()
    page.goto("/s/faces/")
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/instructions/")
    page.get_by_role("button", name="Start with question 1").focus()
    page.keyboard.press("Enter")
    for position in range(1, 31):
        ready(page, position)
        assert page.evaluate("document.activeElement.id") == "prompt"
        page.keyboard.press("1" if pattern(position) == "left" else "2")
        page.keyboard.press("Enter")
    page.wait_for_url("**/finish/")
    participation = Participation.objects.get()
    expect(page.locator("#code")).to_have_text(participation.completion_code)
    assert votes() == expected(30)
    assert all(0 < vote.response_ms < 20_000 for vote in Vote.objects.all())


def test_every_section_with_attention_checks_by_mouse(open_browser, study):
    Study.objects.update(attention_checks=3)
    page = open_browser()
    begin(page)
    for position in range(1, 7):  # A check after the one question of each section.
        ready(page, position)
        page.locator(".choice", has_text="A" if pattern(position) == "left" else "B").click()
        page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/finish/")
    checks = dict(AttentionCheck.objects.values_list("position", "choice"))
    assert (sorted(votes()), sorted(checks)) == ([1, 3, 5], [2, 4, 6])
    assert votes() | checks == expected(6)


def test_a_key_selects_and_only_enter_sends(open_browser, study):
    page = open_browser()
    begin(page)
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="B")).to_be_checked()
    assert page.url.endswith("/1/")
    assert not Vote.objects.exists()
    page.keyboard.press("Enter")
    ready(page, 2)
    assert votes() == {1: "right"}


def test_number_keys_can_be_turned_off_for_good(open_browser, study):
    page = open_browser()
    begin(page)
    page.get_by_role("button", name="Number keys: on").click()
    page.reload()
    ready(page, 1)
    page.keyboard.press("1")
    expect(page.get_by_role("radio", name="A")).not_to_be_checked()
    expect(page.get_by_role("button", name="Number keys: off")).to_be_visible()


def test_reload_keeps_question_and_sides_and_forgets_the_selection(open_browser, study):
    page = open_browser()
    begin(page)
    shown = [image.get_attribute("src") for image in page.locator("img").all()]
    page.keyboard.press("1")
    page.reload()
    ready(page, 1)
    assert [image.get_attribute("src") for image in page.locator("img").all()] == shown
    expect(page.get_by_role("radio", name="A")).not_to_be_checked()


def test_back_and_a_second_tab_lead_to_the_current_question(open_browser, study):
    page = open_browser()
    begin(page)
    first = page.url
    tab = page.context.new_page()
    tab.goto(first)
    answer(page, 1, "1")
    ready(page, 2)
    answer(tab, 1, "2")  # The other tab still shows question 1; its late answer must not count.
    ready(tab, 2)
    page.go_back()
    page.wait_for_url("**/2/")
    assert votes() == {1: "left"}


def test_double_click_on_next_answers_one_question(open_browser, study):
    page = open_browser()
    begin(page)
    page.keyboard.press("1")
    page.get_by_role("button", name="Next").dblclick(no_wait_after=True)
    ready(page, 2)
    assert votes() == {1: "left"}


def test_an_answer_given_offline_is_kept_and_sent_when_the_connection_is_back(open_browser, study):
    page = open_browser()
    begin(page)
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    banner = page.locator("[data-banner]")
    expect(banner).to_contain_text("You are offline. Your answer is kept; trying again.")
    assert banner.bounding_box()["y"] == 0
    page.keyboard.press("1")  # Too late: what was sent stays chosen.
    expect(page.get_by_role("radio", name="B")).to_be_checked()
    assert page.url.endswith("/1/")
    assert not Vote.objects.exists()
    page.context.set_offline(False)
    ready(page, 2)
    assert votes() == {1: "right"}


@pytest.mark.parametrize("status", [408, 429, 502, 503])
def test_an_answer_refused_for_the_moment_is_sent_again(status, open_browser, study):
    page = open_browser(expected=(f"status of {status}",))
    begin(page)
    page.route("**/1/", lambda route: route.fulfill(status=status))
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-banner]")).to_contain_text("The server does not take answers at the moment.")
    page.unroute("**/1/")
    ready(page, 2)
    assert votes() == {1: "right"}


def test_an_answer_that_the_server_refuses_for_good_shows_its_page(open_browser, study):
    page = open_browser()
    begin(page)
    page.get_by_role("radio", name="B").evaluate("radio => { radio.value = 'both'; }")
    page.keyboard.press("2")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[data-error]")).to_have_text("Please choose A or B.")
    assert votes() == {}
    answer(page, 1, key="2")
    ready(page, 2)
    assert votes() == {1: "right"}


def test_an_answer_whose_confirmation_was_lost_is_sent_again_and_counts_once(open_browser, study):
    page = open_browser()
    begin(page)
    sent = []

    def lose_the_confirmation(route):
        route.fetch(max_redirects=0)
        route.abort("internetdisconnected")

    page.on("request", lambda request: request.method == "POST" and sent.append(request.post_data))
    page.route("**/1/", lose_the_confirmation)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-banner]")).to_contain_text("The server cannot be reached. Your answer is kept")
    assert votes() == {1: "left"}
    page.unroute("**/1/")
    ready(page, 2)
    assert len(sent) > 1
    assert len(set(sent)) == 1
    assert votes() == {1: "left"}


@pytest.mark.parametrize("way", ["click", "Enter"])
def test_next_without_a_choice_asks_for_one_in_words(open_browser, study, way):
    page = open_browser()
    begin(page)
    if way == "click":
        page.get_by_role("button", name="Next").click()
    else:
        page.keyboard.press("Enter")
    message = page.locator("#choice-error")
    expect(message).to_have_text("Please choose A or B.")
    expect(page.get_by_role("radiogroup")).to_have_accessible_description(
        "Part 1. Compare the pictures. Please choose A or B."
    )
    expect(page.get_by_role("radio", name="A")).to_be_focused()
    expect(page.get_by_role("radio", name="A")).not_to_be_checked()
    expect(page.get_by_role("radiogroup")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("2")
    expect(message).to_be_empty()
    assert page.get_by_role("radiogroup").get_attribute("aria-invalid") is None
    page.keyboard.press("Enter")
    ready(page, 2)
    assert votes() == {1: "right"}


def shot(page, viewport):
    return Image.open(io.BytesIO(viewport.screenshot(animations="disabled"))).convert("RGB")


def differs(before, after):
    return ImageChops.difference(before, after).getbbox() is not None


@pytest.mark.parametrize("way", ["arrow key", "drag", "button"])
def test_turning_one_model_turns_both(open_browser, study, way):
    page = open_browser()
    begin(page)
    skip_to(page, 2)
    assert page.locator("form.trial").get_attribute("data-renderer") == "webgl"
    left, right = page.locator(".viewport").all()
    front = [shot(page, left), shot(page, right)]
    if way == "arrow key":
        left.focus()
        page.keyboard.press("ArrowLeft")
        left.evaluate("element => element.blur()")
    elif way == "drag":
        box = left.bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 120, box["y"] + 60, steps=3)
        page.mouse.up()
    else:
        page.get_by_role("button", name="Turn left").click()
    expect(page.locator("[data-angle]")).to_contain_text("degrees")  # Announced once the movement rests.
    turned = [shot(page, left), shot(page, right)]
    assert all(differs(before, after) for before, after in zip(front, turned, strict=True))
    left.focus()
    page.keyboard.press("r")
    left.evaluate("element => element.blur()")
    expect(page.locator("[data-angle]")).to_have_text("View: front")
    assert not any(differs(before, shot(page, view)) for before, view in zip(front, (left, right), strict=True))


def test_a_lost_context_is_replaced_by_stills(open_browser, study):
    page = open_browser()
    begin(page)
    skip_to(page, 2)
    page.evaluate(
        "document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    page.wait_for_selector("form[data-renderer=turntable]")
    expect(page.locator(".viewport__strip")).to_have_count(2)
    expect(page.locator("canvas")).to_have_count(0)


def shift(strip):
    return strip.evaluate("strip => strip.style.transform").replace("-0%", "0%")


def test_without_webgl_a_slider_turns_the_stills_of_both(open_browser, study):
    page = open_browser(arguments=NO_GL)
    begin(page)
    skip_to(page, 2)
    assert page.locator("form.trial").get_attribute("data-renderer") == "turntable"
    slider = page.get_by_role("slider", name="Turn both 3D models")
    slider.fill("6")  # Furthest right is the fourth frame of the twelve.
    assert [shift(strip) for strip in page.locator(".viewport__strip").all()] == ["translateX(-25%)"] * 2
    page.locator(".viewport").first.press("r")
    assert [shift(strip) for strip in page.locator(".viewport__strip").all()] == ["translateX(0%)"] * 2
    page.locator(".viewport").last.press("ArrowLeft")
    expect(slider).to_have_value("2")
    answer(page, 2)
    ready(page, 3)


def test_without_scripts_every_kind_of_question_can_be_answered(open_browser, study):
    page = open_browser(java_script_enabled=False)
    page.goto("/s/faces/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and begin").click()
    page.get_by_role("button", name="Start with question 1").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert").filter(has_text="Please choose A or B.")).to_be_visible()
    expect(page.get_by_role("radio", name="A")).to_be_focused()
    for position in (1, 2, 3):
        page.wait_for_url(f"**/{position}/")
        expect(page.locator(".viewport__strip")).to_have_count(0 if position == 1 else 2)
        page.locator(".choice", has_text="A" if pattern(position) == "left" else "B").click()
        page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/finish/")
    assert votes() == expected(3)
    assert set(Vote.objects.values_list("response_ms", flat=True)) == {None}


def test_next_question_is_fetched_ahead_and_not_again(open_browser, study):
    page = open_browser()
    begin(page)
    page.wait_for_load_state("networkidle")
    answer(page, 1)
    ready(page, 2)
    transferred = page.evaluate(
        """Object.fromEntries(
            performance.getEntriesByType("resource").map((file) => [new URL(file.name).pathname, file.transferSize])
        )"""
    )
    reference = page.get_by_role("img", name="Reference face").get_attribute("src")
    models = [view.get_attribute("data-mesh") for view in page.locator(".viewport").all()]
    assert [transferred[file] for file in (reference, *models)] == [0, 0, 0]  # Out of the cache.


def test_small_phone_has_no_sideways_scroll_and_large_targets(open_browser, study):
    page = open_browser(**PHONE)
    page.goto("/s/faces/")
    check_layout(page)
    begin(page)
    for position in (1, 2, 3):
        ready(page, position)
        check_layout(page)
        for option in page.locator(".option").all():
            assert option.bounding_box()["width"] >= 150
        answer(page, position)


@pytest.mark.parametrize(("width", "height", "tile"), [(1280, 800, 250), (375, 667, 110)])
def test_every_question_fits_one_screen(open_browser, study, width, height, tile):
    page = open_browser(viewport={"width": width, "height": height})
    begin(page)
    for position in (1, 2, 3):
        ready(page, position)
        for shown in page.locator(
            "#prompt, .reference img, .option__image, .viewport, .choice, .button--primary"
        ).all():
            box = shown.bounding_box()
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height
        # The answer, which stays within reach, covers nothing.
        seen, answering = (page.locator(part).bounding_box() for part in (".comparison", ".answer"))
        assert seen["y"] + seen["height"] <= answering["y"] + 1
        shown = page.locator(".option, .reference img").all()
        widths = {round(view.bounding_box()["width"], 1) for view in shown}
        assert len(widths) == 1  # The reference is as large as what is compared with it.
        assert min(widths) >= tile
        page.get_by_text("Leave and delete my answers").click()
        expect(page.get_by_role("button", name="Delete my answers and leave")).to_be_in_viewport(ratio=1)
        page.get_by_text("Leave and delete my answers").click()
        page.evaluate("scrollTo(0, 0)")
        answer(page, position)


def test_a_low_window_keeps_the_answer_within_reach(open_browser, study):
    page = open_browser(viewport={"width": 375, "height": 480})
    begin(page)
    skip_to(page, 3)
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight + 100")
    expect(page.locator(".choice").last).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("img", name="Reference face")).to_be_in_viewport(ratio=1)


def check_layout(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for target in page.locator("button:visible, summary:visible, label.tick:visible, label.choice:visible").all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 44, target.inner_html()


def test_code_can_be_copied_and_answers_deleted_at_the_end(open_browser, study):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    begin(page)
    skip_to(page, 3)
    answer(page, 3)
    page.wait_for_url("**/finish/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == Participation.objects.get().completion_code
    page.get_by_text("Leave and delete my answers").click()
    page.get_by_role("button", name="Delete my answers and leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers are deleted")
    assert not Participation.objects.exists()
