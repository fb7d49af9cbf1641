"""No way out to the network: Python imports this module at the start of every process that a test begins.

`conftest` puts its folder on PYTHONPATH, so that the kernels of notebooks and the command line are kept in too.
"""

import ipaddress
import socket
import sys

OWN_NAMES = {"", "localhost", "localhost.localdomain", socket.gethostname()}


class NetworkForbiddenError(RuntimeError):
    """A test tried to leave the machine."""


def stays_here(host: str | bytes | None) -> bool:
    """Tell whether a host's name or address is of this machine."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name in OWN_NAMES
    return address.is_loopback or address.is_unspecified


def refuse(event: str, arguments: tuple) -> None:
    """Raise before a socket reaches for another machine, by address or by name."""
    if event in ("socket.connect", "socket.sendto"):
        _, address = arguments
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not stays_here(host):
        raise NetworkForbiddenError(f"{event} to {host!r}: tests reach this machine only")


sys.addaudithook(refuse)
