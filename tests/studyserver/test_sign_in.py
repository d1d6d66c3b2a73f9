"""Guessing passwords, on the login page and at the interface: the guesser is locked out, and not the owner."""

from base64 import b64encode
from datetime import timedelta
from ipaddress import ip_network

import pytest
from axes.models import AccessAttempt
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from studyserver.sign_in import network_of
from studyserver.studies.access import Right
from tests.accounts import account
from tests.studyserver.reports.votes import study

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
RIGHT, WRONG = "correct horse battery", "wrong"
GUESSER, OWNER, PROXY = "203.0.113.7", "198.51.100.20", "10.0.0.1"
LIMIT = configured.AXES_FAILURE_LIMIT


def page(client, password: str, *, name: str = "anna", address: str = GUESSER, **headers: str):
    """Try on the login page."""
    sent = {"username": name, "password": password, "next": "/studies/"}
    return client.post("/admin/login/", sent, REMOTE_ADDR=address, **headers)


def interface(client, password: str, *, name: str = "anna", address: str = GUESSER, **headers: str):
    """Try at the interface."""
    given = "Basic " + b64encode(f"{name}:{password}".encode()).decode()
    return client.get("/api/studies/", REMOTE_ADDR=address, HTTP_AUTHORIZATION=given, **headers)


WAYS = pytest.mark.parametrize(("tried", "passes"), [(page, 302), (interface, 200)], ids=["page", "interface"])


@pytest.fixture(autouse=True)
def anna(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Hundreds of tries, in no time.
    study()
    return account("anna", Right.VIEW)


@WAYS
def test_a_guesser_is_locked_out_and_the_owner_is_not(client, tried, passes):
    refused = [tried(client, WRONG).status_code for _ in range(LIMIT)]
    assert refused == [{302: 200, 200: 401}[passes]] * (LIMIT - 1) + [429]
    # The right password is refused as a wrong one is, with the same words.
    answers = [tried(client, password) for password in (RIGHT, WRONG)]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].content == answers[1].content
    assert "_auth_user_id" not in client.session
    assert tried(client, RIGHT, address=OWNER).status_code == passes


@WAYS
def test_who_is_locked_out_is_told_how_long_to_wait(client, tried, passes):
    for _ in range(LIMIT):
        answer = tried(client, WRONG)
    assert 890 <= int(answer.headers["Retry-After"]) <= 900
    said = answer.json()["message"] if tried is interface else answer.content.decode()
    assert "Wait 15 minutes, then sign in again; until then even the right password is refused here." in said
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14, seconds=30))
    later = tried(client, WRONG)
    assert later.status_code == 429
    assert 25 <= int(later.headers["Retry-After"]) <= 30
    assert b"Wait 1 minute, then" in later.content
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert tried(client, RIGHT).status_code == passes


def test_both_ways_count_together(client):
    for _ in range(LIMIT - 1):
        interface(client, WRONG)
    assert page(client, WRONG).status_code == 429
    assert interface(client, RIGHT).status_code == 429


def test_no_browser_name_gives_new_tries(client):
    for number in range(LIMIT):
        answer = interface(client, WRONG, HTTP_USER_AGENT=f"browser {number}")
    assert answer.status_code == 429


def test_a_right_password_in_time_ends_the_count(client):
    for _ in range(LIMIT - 1):
        page(client, WRONG)
    assert page(client, RIGHT).status_code == 302
    assert page(client, WRONG).status_code == 200


@WAYS
def test_one_password_on_many_accounts_locks_the_network_for_all(client, settings, tried, passes):
    settings.SIGN_IN_FAILURES_OF_NETWORK = 8
    account("bert", Right.VIEW)
    tried_on = [tried(client, WRONG, name=f"name{number}").status_code for number in range(8)]
    assert tried_on[:7] == [{302: 200, 200: 401}[passes]] * 7
    assert tried_on[7] == 429
    assert tried(client, RIGHT, name="bert").status_code == 429
    assert tried(client, RIGHT, name="bert", address=OWNER).status_code == passes


def test_the_limit_of_a_network_is_higher_than_that_of_an_account():
    assert configured.SIGN_IN_FAILURES_OF_NETWORK >= 5 * LIMIT


def test_an_account_that_is_not_there_is_locked_like_one_that_is(client):
    answers = [[interface(client, WRONG, name=name) for _ in range(LIMIT)][-1] for name in ("anna", "nobody")]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].json() == answers[1].json()


@WAYS
def test_who_is_signed_in_stays_so(client, anna, tried, passes):
    for _ in range(LIMIT):
        tried(client, WRONG)
    client.force_login(anna)
    assert client.get("/studies/", REMOTE_ADDR=GUESSER).status_code == 200


def test_whoever_runs_the_server_lifts_the_limit(client, capsys):
    for _ in range(LIMIT):
        page(client, WRONG)
    call_command("axes_reset")
    assert page(client, RIGHT).status_code == 302


def test_long_and_strange_names_are_counted_too(client):
    for name in ("x" * 400, "a\u0000b", ""):
        statuses = [interface(client, WRONG, name=name).status_code for _ in range(LIMIT)]
        assert statuses[-1] == 429


@WAYS
def test_behind_a_proxy_people_are_told_apart(client, settings, tried, passes):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    for _ in range(LIMIT):
        answer = tried(client, WRONG, address=PROXY, HTTP_X_FORWARDED_FOR=GUESSER)
    assert answer.status_code == 429
    assert tried(client, RIGHT, address=PROXY, HTTP_X_FORWARDED_FOR=OWNER).status_code == passes


@WAYS
def test_an_address_that_the_guesser_writes_is_not_believed(client, settings, tried, passes):
    for number in range(LIMIT):  # Nobody is a proxy.
        answer = tried(client, WRONG, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert answer.status_code == 429
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.1")]
    for number in range(LIMIT):  # The proxy adds the address that it sees behind the one that it was given.
        answer = tried(client, WRONG, address=PROXY, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 203.0.113.99")
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "1.2.3.4", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.9.9.9", "203.0.113.7"),
        ("10.0.0.1", "10.8.8.8,10.9.9.9", "10.8.8.8"),
        ("10.0.0.1", "203.0.113.7, unknown", "10.0.0.1"),
        ("", "203.0.113.7", "203.0.113.7"),  # Through a Unix socket.
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::"),
        ("fd00::1", "2001:db8:1:3::9", "2001:db8:1:3::"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
    ],
)
def test_the_network_a_request_comes_from(rf, settings, peer, forwarded, network):
    settings.TRUSTED_PROXIES = [ip_network(each) for each in ("127.0.0.1", "10.0.0.0/8", "fd00::/8")]
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert network_of(rf.get("/", REMOTE_ADDR=peer, **headers)) == network


def test_addresses_of_one_ipv6_network_are_one_guesser(client):
    for number in range(LIMIT):
        answer = interface(client, WRONG, address=f"2001:db8:1:2::{number + 1}")
    assert answer.status_code == 429
    assert interface(client, RIGHT, address="2001:db8:1:3::1").status_code == 200


def test_passwords_are_not_kept(client):
    page(client, "a password mistyped")
    interface(client, "a password mistyped")
    kept = [str(value) for row in AccessAttempt.objects.values() for value in row.values()]
    assert not [value for value in kept if "mistyped" in value]
    assert User.objects.get(username="anna").check_password(RIGHT)
