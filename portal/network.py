"""Where a request comes from, for throttles: one address, or the network of one customer in IPv6."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request

_ONE_CUSTOMER = 64
"""Bits: whoever has an address in IPv6 has at least the network of this size."""


def network_of(request: Request) -> str:
    """The visitor's, as a proxy named in the settings tells it, else the one who connected."""
    return network(request.client.host if request.client else "")


def network(host: str) -> str:
    """The address itself in IPv4, its network in IPv6; anything else as it is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _ONE_CUSTOMER), strict=False))
