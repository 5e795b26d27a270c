"""Which network addresses the bot may connect to: public ones, and those an operator allows by name and port."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence

Resolve = Callable[[str, int], Sequence[str]]
"""From a host name and port to its addresses; raises OSError."""

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215
_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291: IPv4-compatible, long deprecated
_TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32"))  # 6to4, Teredo
_LOW_32_BITS = 0xFFFF_FFFF


def why_refused(address: str) -> str:
    """Return why the bot does not connect to `address`, "" when it is an ordinary public one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "it is no network address"
    if isinstance(parsed, ipaddress.IPv6Address):
        return _why_refused_v6(parsed)
    return _why_refused_v4(parsed)


def resolve_by_system(host: str, port: int, *, seconds: float = 10.0) -> Sequence[str]:
    """Return the addresses the system knows for a name, within a time limit that the system does not have.

    Raises:
        OSError: when the name has no address, or no answer came in time.
    """
    answers: list[str] = []
    errors: list[OSError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.extend(dict.fromkeys(str(sockaddr[0]) for *_ignored, sockaddr in found))
        except OSError as error:
            errors.append(error)
        except UnicodeError as error:
            errors.append(OSError(f"the name cannot be asked for: {error}"))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError(f"the name was not answered within {seconds:g} seconds")
    return tuple(answers)


def _why_refused_v4(address: ipaddress.IPv4Address) -> str:
    if address.is_loopback or address.is_unspecified:
        return "it is this machine"
    if address.is_link_local:
        return "it is link-local (cloud metadata lives there)"
    if address.is_multicast or address.is_reserved:
        return "it is no single machine's address"
    return "" if address.is_global else "it is private or shared (not on the public internet)"


def _why_refused_v6(address: ipaddress.IPv6Address) -> str:
    inner = address.ipv4_mapped
    if inner is None and any(address in network for network in _NAT64):
        inner = ipaddress.IPv4Address(int(address) & _LOW_32_BITS)
    if inner is not None:
        return _why_refused_v4(inner)
    if address.is_loopback or address.is_unspecified:
        return "it is this machine"
    if address in _COMPATIBLE or any(address in network for network in _TUNNELS):
        return "it wraps another address (tunnel or compatible form)"
    if address.is_link_local or address.is_site_local or address.is_multicast or address.is_reserved:
        return "it is link-local, site-local or no single machine's address"
    return "" if address.is_global else "it is private (not on the public internet)"
