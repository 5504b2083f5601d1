"""The rules for names: what ``--ip`` and ``--allow-host`` let in."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.serve.gate import Gate


def answers(gate: Gate, host: str, **headers: str) -> bool:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = SimpleNamespace(path="/", headers=HTTPHeaders({"Host": host, **given}))
    return gate.refusal(request) is None


def test_an_allowed_name_stands_for_the_servers_port_and_for_none():
    gate = Gate("127.0.0.1", 8866, ("lab.example.org", "localhost:9000"))
    assert answers(gate, "lab.example.org:8866") and answers(gate, "Lab.Example.org")
    assert answers(gate, "localhost:9000") and answers(gate, "localhost:8866")
    assert not answers(gate, "lab.example.org:1") and not answers(gate, "localhost:9001")
    assert not answers(gate, "x.lab.example.org:8866")


def test_an_allowed_name_may_be_the_origin_behind_a_proxy():
    gate = Gate("127.0.0.1", 8866, ("lab.example.org",))
    assert answers(gate, "127.0.0.1:8866", Origin="https://lab.example.org")
    assert not answers(gate, "127.0.0.1:8866", Origin="https://other.example.org")


def test_on_all_addresses_any_address_and_the_machines_name_are_answered():
    gate = Gate("0.0.0.0", 8866)
    assert answers(gate, "192.168.1.7:8866") and answers(gate, "[2001:db8::1]:8866")
    assert answers(gate, f"{socket.gethostname()}:8866")
    assert not answers(gate, "192.168.1.7:80") and not answers(gate, "evil.example:8866")


def test_on_one_address_that_one_is_answered():
    gate = Gate("192.168.1.7", 8866)
    assert answers(gate, "192.168.1.7:8866") and answers(gate, "localhost:8866")
    assert not answers(gate, "192.168.1.8:8866")


def test_port_80_need_not_be_said():
    assert answers(Gate("127.0.0.1", 80), "localhost")
    assert not answers(Gate("127.0.0.1", 8866), "localhost")


def test_a_page_of_the_server_is_answered_whatever_its_browser_says():
    gate = Gate("127.0.0.1", 8866)
    for headers in (
        {"Sec_Fetch_Site": "none", "Accept": "text/html,*/*;q=0.8"},
        {"Sec_Fetch_Site": "same-origin", "Accept": "text/css,*/*;q=0.1"},
        {"Origin": "http://localhost:8866"},
        {"Referer": "http://localhost:8866/?theme=dark", "Accept": "image/*"},
        {"Accept": "*/*"},
        {},
    ):
        assert answers(gate, "localhost:8866", **headers), headers


@pytest.mark.parametrize("name", ["http://lab.example.org", "*", "", "a b/", "lab:port", "a@b"])
def test_what_is_no_name_cannot_be_allowed(name):
    with pytest.raises(DemoWidgetsError, match=r"allow_hosts.*lab\.example\.org"):
        Gate("127.0.0.1", 8866, (name,))
