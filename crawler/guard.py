"""Which addresses a crawler may connect to: those of the public internet, in both families.

The tables follow IANA's registries of special-purpose addresses. IPv6 is refused outside 2000::/3, which covers every
form that carries an IPv4 address inside. Who asks, and when, is the resolver's and the connector's.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from .errors import AddressRefused

_KINDS_V4: dict[str, tuple[str, ...]] = {
    "an unspecified": ("0.0.0.0/8",),
    "a loopback": ("127.0.0.0/8",),
    "a private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "a link-local": ("169.254.0.0/16",),
    "a carrier's private": ("100.64.0.0/10",),
    "a cloud machine's own": ("168.63.129.16/32",),
    "a documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
    "a benchmarking": ("198.18.0.0/15",),
    "a reserved": ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"),
    "a multicast": ("224.0.0.0/4",),
}
_KINDS_V6: dict[str, tuple[str, ...]] = {
    "an unspecified": ("::/128",),
    "a loopback": ("::1/128",),
    "an IPv4-mapped": ("::ffff:0:0/96",),
    "an IPv4-compatible": ("::/96",),
    "a translated": ("64:ff9b::/96", "64:ff9b:1::/48"),
    "a 6to4": ("2002::/16",),
    "a Teredo": ("2001::/32",),
    "a private": ("fc00::/7",),
    "a link-local": ("fe80::/10", "fec0::/10"),
    "a multicast": ("ff00::/8",),
    "a documentation": ("2001:db8::/32", "3fff::/20"),
    "a benchmarking": ("2001:2::/48",),
    "a reserved": ("2001::/23",),
}
_PUBLIC_V6 = IPv6Network("2000::/3")


def _table(kinds: dict[str, tuple[str, ...]]) -> list[tuple[IPv4Network | IPv6Network, str]]:
    return [(ip_network(text), kind) for kind, texts in kinds.items() for text in texts]


_TABLE_V4 = _table(_KINDS_V4)
_TABLE_V6 = _table(_KINDS_V6)


@lru_cache(maxsize=65_536)
def refusal_of(address: str) -> str | None:
    """Why this address is not on the public internet, as a sentence; None when it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{address!r} is no IP address"
    kind = _kind_of(parsed)
    return kind and f"{parsed} is {kind} address"


def _kind_of(address: IPv4Address | IPv6Address) -> str | None:
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _TABLE_V4 if address in network), None)
    bare = IPv6Address(int(address))  # an address with a scope is in no network
    found = next((kind for network, kind in _TABLE_V6 if bare in network), None)
    return found or (None if bare in _PUBLIC_V6 else "a reserved")


class AddressGuard:
    """Asked for each address that a connection is about to be made to, so no look-up comes after it."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def check(self, address: str) -> None:
        """Raise AddressRefused for what is not public."""
        if not self._allow_private and (reason := refusal_of(address)):
            raise AddressRefused(reason)
