"""Which addresses are refused, against a table of the registries and against Python's own reading of them."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import AddressRefused
from crawler.guard import AddressGuard, refusal_of

REFUSED = {
    "an unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "a loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "a private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd00:ec2::254"],
    "a link-local": ["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "fec0::1"],
    "a carrier's private": ["100.64.0.1", "100.127.255.255", "100.100.100.200"],
    "a cloud machine's own": ["168.63.129.16"],
    "a documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "a benchmarking": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "a reserved": ["192.0.0.192", "192.88.99.1", "240.0.0.1", "255.255.255.255", "2001:10::1", "100::1", "5f00::1"],
    "a multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "an IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe"],
    "an IPv4-compatible": ["::127.0.0.1", "::8.8.8.8"],
    "a translated": ["64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"],
    "a 6to4": ["2002:7f00:1::", "2002:808:808::1"],
    "a Teredo": ["2001:0:1::1", "2001::"],
}
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
    "2001:200::1", "2001:4860:4860::8888", "2003::1", "2620:fe::fe",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "address"), [(kind, address) for kind in REFUSED for address in REFUSED[kind]])
def test_an_address_that_is_not_public_is_refused_by_its_kind(kind, address):
    with pytest.raises(AddressRefused, match=f"is {kind} address"):
        AddressGuard(allow_private=False).check(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address):
    AddressGuard(allow_private=False).check(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"])
def test_the_option_lets_everything_pass(address):
    AddressGuard(allow_private=True).check(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "2130706433", "0177.0.0.1", "0x7f000001", "127.0.0.1:80"])
def test_what_is_no_address_is_refused(text):
    assert "no IP address" in refusal_of(text)


def test_a_scope_does_not_hide_an_address():
    assert "link-local" in refusal_of("fe80::1%eth0")
    assert refusal_of("2606:4700::1111%eth0") is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_what_python_calls_not_global_is_refused_too(address):
    if not address.is_global:
        assert refusal_of(str(address))


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_no_form_that_carries_an_ipv4_address_passes(inner):
    carriers = [
        IPv6Address(0xFFFF << 32 | int(inner)),
        IPv6Address(int(inner)),
        IPv6Address(0x64FF9B << 96 | int(inner)),
        IPv6Address(0x2002 << 112 | int(inner) << 80),
        IPv6Address(0x20010000 << 96 | (int(inner) ^ 0xFFFFFFFF)),
    ]
    assert all(refusal_of(str(ip_address(carrier))) for carrier in carriers)
