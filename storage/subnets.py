"""The network an address is in: who shares one often shares an owner."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=65_536)
def subnet_of(address: str | None) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; None for what is no address."""
    try:
        number = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return str(ipaddress.ip_network((number, 24 if number.version == 4 else 48), strict=False))  # noqa: PLR2004 — IPv4
