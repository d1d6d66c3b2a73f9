"""Nothing that reaches a participant tells which method made what."""

import re

import pytest
from django.conf import settings as configured

from studyserver.studies.models import Asset, Condition, Question, Stimulus
from studyserver.survey.models import Trial, Vote
from studyserver.survey.services import start_participation
from tests import factories

pytestmark = pytest.mark.django_db

# Whole words, as "ours" is part of "hours"; and the methods' names in any spelling.
GIVEAWAY = re.compile(r"\b(ours|baseline|cmp|un)?supervised\b|\b(ours|baseline|cmp)\b|\bbase[-_ ]?\d", re.IGNORECASE)


def told(response):
    """Everything a browser sees of a response: address, status, headers, body."""
    content = response.getvalue() if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{response.request['PATH_INFO']}\n{response.status_code}\n{headers}\n" + content.decode("latin-1")


def texts_of_the_whole_way(client):
    """Every page and every file of a participant who answers all questions and then deletes them."""
    yield told(client.get("/"))
    yield told(client.get("/s/faces/"))
    yield told(client.post("/s/faces/", {}))
    page = client.post("/s/faces/", {"agreed": "on"})
    while True:
        yield told(page)
        if page.status_code == 303:
            page = client.get(page.url)
        elif "instructions" in page.request["PATH_INFO"]:
            page = client.post(page.request["PATH_INFO"])
        elif match := re.search(r"Delete|Question \d+", page.content.decode()):
            files = re.findall(r"/a/[0-9a-f-]{36}", page.content.decode())
            yield from (told(client.get(file)) for file in files)
            if match[0] == "Delete":
                break
            yield told(client.post(page.request["PATH_INFO"], {}))
            page = client.post(page.request["PATH_INFO"], {"choice": "left"})
    yield told(client.post(page.request["PATH_INFO"].replace("finish", "leave"), follow=True))


def test_no_page_file_or_header_names_a_method_or_a_person(client):
    study = factories.study()
    Stimulus.objects.update(run="secret-run", code_revision="secret-revision")
    secrets = {
        *Condition.objects.values_list("slug", flat=True),
        *Question.objects.values_list("identity", flat=True),
        *Asset.objects.values_list("sha256", flat=True),
        "secret-run",
        "secret-revision",
        "0" * 64,
        configured.MEDIA_ROOT.name,
    }
    texts = list(texts_of_the_whole_way(client))
    assert len(texts) > 30 * 4
    assert Vote.objects.count() == 0
    assert study.participations.count() == 0
    for text in texts:
        assert not [secret for secret in secrets if secret in text], text[:500]
        head = re.split("WEBPVP8X|DRACO", text)[0]  # Random pixels and padding may spell anything.
        assert not GIVEAWAY.search(head), (GIVEAWAY.search(head), text[:500])


def test_own_scripts_and_styles_name_no_method():
    static = configured.BASE_DIR / "static"
    sources = [*static.glob("js/**/*.js"), static / "css/base.css", static / "css/survey.css"]
    assert not [source for source in sources if GIVEAWAY.search(source.read_text())]


def test_swapping_the_sides_swaps_the_addresses_and_nothing_else(client, participation):
    """Markup, order, texts and attributes do not depend on the method."""
    for trial in participation.trials.all():
        address = f"/p/{participation.token}/{trial.position}/"
        before = client.get(address).content.decode()
        Trial.objects.filter(pk=trial.pk).update(left=trial.right, right=trial.left)
        after = client.get(address).content.decode()
        assert before != after
        for part in ("image_id", "mesh_id", "turntable_id"):
            left, right = str(getattr(trial.left, part)), str(getattr(trial.right, part))
            if left != "None":
                after = after.replace(left, "\0").replace(right, left).replace("\0", right)
        assert before == after
        client.post(address, {"choice": "left"})


def test_files_of_both_methods_come_with_the_same_headers(client, study):
    trial = start_participation(study=study).trials.first()
    left, right = (client.get(f"/a/{side.image_id}") for side in (trial.left, trial.right))
    for response in (left, right):
        response.getvalue()
    assert dict(left.headers) == dict(right.headers)


def test_ids_of_files_do_not_follow_the_order_in_which_they_were_made():
    made = [factories.asset().pk for _ in range(12)]
    assert made != sorted(made)
    assert made != sorted(made, reverse=True)
