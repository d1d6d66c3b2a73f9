"""Tests and the programs that they start stay on this machine."""

import socket
import subprocess
import sys

import pytest

ELSEWHERE = ("192.0.2.1", 80)  # An address that documentation may use and nobody has.


def test_no_name_is_asked_for():
    with pytest.raises(RuntimeError, match=r"^A test wanted to reach 'example.org'\. Tests use this machine only"):
        socket.create_connection(("example.org", 80))


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_no_address_is_reached(kind):
    with socket.socket(type=kind) as reaching, pytest.raises(RuntimeError, match=r"wanted to reach '192\.0\.2\.1'"):
        reaching.connect(ELSEWHERE)
    with socket.socket(type=socket.SOCK_DGRAM) as sending, pytest.raises(RuntimeError):
        sending.sendto(b"", ELSEWHERE)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_answers(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_sockets_in_the_file_system_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # Their names may be a hundred characters long.
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("here")
        server.listen()
        client.connect("here")


def test_a_program_that_a_test_starts_stays_here_too():
    call = [sys.executable, "-c", "import urllib.request; urllib.request.urlopen('http://example.org')"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "A test wanted to reach 'example.org'" in done.stderr
