"""A study that is open, somebody on the way through it, and a browser to take the way with."""

import shutil

import pytest
from django.conf import settings as configured

from studyserver.survey.models import Vote
from studyserver.survey.services import confirm_instructions, record_vote, start_participation
from tests import factories
from tests.studyserver.survey.in_browser import EXPECTED, SOFTWARE_GL


@pytest.fixture
def study(db):
    return factories.study(questions=2)


@pytest.fixture
def participation(study):
    """Consented and instructed, six questions ahead."""
    started = start_participation(study=study)
    confirm_instructions(participation=started)
    started.refresh_from_db()
    return started


@pytest.fixture
def finished(participation):
    for trial in participation.trials.all():
        record_vote(trial=trial, choice=Vote.Choice.LEFT, response_ms=1000)
    participation.refresh_from_db()
    return participation


@pytest.fixture(scope="session")
def chromium():
    """The program; the bundle must be built, because these tests are about what it does."""
    if not (configured.BASE_DIR / "static/dist/viewer.js").exists():
        pytest.fail("The browser bundle is missing from static/dist. Build it with: npm ci && npm run build")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed; to enable: sudo apt-get install chromium")
    return program


@pytest.fixture(scope="module")
def browsers(chromium):
    """Browsers by their arguments, started when first asked for."""
    started = {}
    from playwright.sync_api import sync_playwright  # Most tests of the survey do without.

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs its own event loop in this thread, which Django would take for an async program.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

        def browser(arguments):
            if arguments not in started:
                started[arguments] = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", *arguments]
                )
            return started[arguments]

        yield browser
        for running in started.values():
            running.close()


@pytest.fixture
def open_browser(browsers, live_server):
    """Open a page with given browser arguments and context options; fail on any error in its console."""
    complaints, contexts = [], []

    def start(*, arguments=SOFTWARE_GL, expected=EXPECTED, **options):
        def on_console(said):
            if said.type == "error" and not any(words in said.text for words in expected):
                complaints.append(said.text)

        context = browsers(arguments).new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(20_000)
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []
