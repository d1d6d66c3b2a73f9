"""The way that a participant takes through the survey in a real Chromium."""

from studyserver.survey.models import Vote

# The processor draws: models through SwiftShader, the page itself without that detour.
SOFTWARE_GL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-compositing")
NO_GL = ("--disable-gpu", "--disable-3d-apis")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# What the console says of an answer sent without a connection, or of an empty one.
EXPECTED = ("net::ERR_INTERNET_DISCONNECTED", "status of 422")


def begin(page):
    """Consent and instructions; ends at the first question."""
    page.goto("/s/faces/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and begin").click()
    page.get_by_role("button", name="Start with question 1").click()
    ready(page, 1)


def ready(page, position):
    """Wait until a question can be answered."""
    page.wait_for_url(f"**/{position}/")
    page.wait_for_selector("form[data-ready]")


def answer(page, position, key="1"):
    ready(page, position)
    page.keyboard.press(key)
    page.keyboard.press("Enter")


def skip_to(page, position):
    for before in range(1, position):
        answer(page, before)
    ready(page, position)


def votes():
    return {vote.trial.position: vote.choice for vote in Vote.objects.select_related("trial")}
