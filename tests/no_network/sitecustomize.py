"""No test reaches beyond this machine. Python imports this module at its start wherever its folder is on PYTHONPATH."""

import sys
from ipaddress import ip_address

NAMES = {"localhost", "", None}
CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
ASKING = {"socket.getaddrinfo", "socket.gethostbyname"}


class NetworkReached(RuntimeError):
    """Something wanted to leave this machine. No OSError, which what is tested may expect and handle."""


def is_here(host: object) -> bool:
    """Whether a name or address means this machine."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in NAMES:
        return True
    try:
        address = ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def stay_here(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: Python calls it before it asks for a name or connects.

    Raises:
        NetworkReached: the host is another machine.
    """
    if event in ASKING:
        host = arguments[0]
    elif event in CONNECTING and isinstance(arguments[1], tuple) and isinstance(arguments[1][0], (str, bytes)):
        host = arguments[1][0]  # Of a socket in the file system the address is no tuple.
    else:
        return
    if not is_here(host):
        raise NetworkReached(f"A test wanted to reach {host!r}. Tests use this machine only: serve it here.")


sys.addaudithook(stay_here)
