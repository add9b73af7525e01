"""To which addresses webhooks may go. Names are never asked here: addresses stand for themselves."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox.webhooks.addresses import Destinations, Networks
from gateway.outbox.webhooks.errors import AddressRefused
from gateway.outbox.webhooks.rules import told, verdict
from gateway.settings import Settings

USUAL = Networks.from_names(Settings().webhook_networks)
"""As the settings have it: the open internet, and the networks in which agencies are."""


def allowed(networks: Networks, address: str) -> bool:
    try:
        networks.check(ip_address(address))
    except AddressRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("address", "usual"),
    [
        ("8.8.8.8", True), ("10.1.2.3", True), ("172.16.5.5", True), ("172.32.0.1", True),
        ("192.168.1.1", True), ("fd12::1", True), ("2404:6800:4008::200e", True), ("::ffff:10.1.2.3", True),
        ("127.0.0.1", False), ("127.9.9.9", False), ("::1", False), ("::ffff:127.0.0.1", False),
        ("0.0.0.0", False), ("::", False),  # noqa: S104 - an address that is refused
        ("169.254.169.254", False), ("fe80::1", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("100.64.0.1", False), ("192.0.2.1", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::1", False), ("2001:0:7f00:1::1", False),
        ("::ffff:169.254.169.254", False),
    ],
)  # fmt: skip
def test_agencies_are_reached_and_the_machine_itself_is_not(address: str, usual: bool) -> None:
    assert allowed(USUAL, address) is usual


def test_only_what_the_setting_names_is_reached() -> None:
    closed = Networks.from_names(["10.20.0.0/16"])
    assert allowed(closed, "10.20.3.4")
    assert not allowed(closed, "10.21.0.1")
    assert not allowed(closed, "8.8.8.8")


@given(st.ip_addresses(network="127.0.0.0/8"))
def test_loopback_is_refused_whatever_wide_network_holds_it(address: IPv4Address) -> None:
    assert not allowed(Networks.from_names(["public", "0.0.0.0/0", "::/0"]), str(address))
    assert allowed(Networks.from_names(["127.0.0.0/8"]), str(address))


@pytest.mark.parametrize(
    "url",
    [
        "", "cases", "http://10.1.2.3/", "ftp://10.1.2.3/", "https://", "https://user:pw@10.1.2.3/",
        "https://10.1.2.3/#x", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://0x7f.1/", "https://0/",
        "https://1999.example.gov.tw/hook", "https://10.1.2.3/\n", "https://10.1.2.3/" + "x" * 500,
        "file:///etc/passwd", "javascript:alert(1)", "https://10.1.2.3:99999/",
    ],
)  # fmt: skip
def test_such_addresses_cannot_be_entered(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        Destinations(USUAL, own_host="1999.example.gov.tw").checked(url)
    zh, en = refused.value.why
    assert zh
    assert en


def test_a_good_one_is_kept_as_it_is() -> None:
    url = "https://10.1.2.3:8443/cases/hook?unit=a"
    assert Destinations(USUAL).checked(url) == url
    assert Destinations(USUAL, plain_http=True).checked("http://10.1.2.3/a") == "http://10.1.2.3/a"


def test_the_settings_name_networks() -> None:
    assert Settings(webhook_networks="public, 10.0.0.0/8").webhook_networks == ["public", "10.0.0.0/8"]
    with pytest.raises(ValueError, match="neither a network"):
        Settings(webhook_networks="everywhere")


@given(st.text())
def test_what_was_answered_is_one_short_line(words: str) -> None:
    assert len(told(words)) <= 200
    assert len(told(words).splitlines()) <= 1


@given(st.integers(100, 599))
def test_every_status_means_something(status: int) -> None:
    assert (verdict(status) == "delivered") is (200 <= status < 300)
