"""Websockets to a kernel that speak another protocol, lie about their length, or send too much."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from demo_widgets.serve.messages import Allowance, is_message
from tests.serve.conftest import PROTOCOL, SOON, Target, wait_until

MUCH = 200 * 1024**2
"""More memory than any of this may take; a server that spins takes it within seconds."""


def number(value: int) -> bytes:
    return value.to_bytes(8, "little")


def message(kind: str, content: dict, channel: str = "shell") -> bytes:
    """A message of the v1 protocol; a kernel answers none twice."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": "s",
        "username": "",
        "version": "5.3",
    }
    header["date"] = "2026-01-01T00:00:00Z"
    parts = [channel.encode(), *(json.dumps(p).encode() for p in (header, {}, {}, content))]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join([number(len(offsets)), *map(number, offsets), *parts])


GOOD = message("kernel_info_request", {})
OVERLAPPING = b"".join([number(4000), *([number(0), number(40_000)] * 2000), b"x" * 40_000])
BAD = {
    "a number of parts without end": number(2**60) + b"x" * 100,
    "parts that overlap": OVERLAPPING,
    "an offset past the end": GOOD[:-1],
    "no parts": number(0),
    "nothing": b"",
    "the channel of the answers": message("kernel_info_request", {}, "iopub"),
    "text": json.dumps({"channel": "shell", "header": {}}),
}


@pytest.fixture(scope="module")
def kernel(target: Target) -> Iterator[str]:
    """The kernel of a page that is open."""
    with target.page() as kernel:
        yield kernel


def replies(socket: ClientConnection, request: bytes) -> list[bytes]:
    """Send a message; return all that comes until the kernel is idle after it."""
    (identity,) = re.findall(rb'"msg_id": "(\w+)"', request)
    socket.send(request)
    got = []
    while True:
        got.append(socket.recv(timeout=SOON))
        if identity in got[-1] and b'"idle"' in got[-1]:
            return got


@pytest.mark.parametrize("protocols", [None, ["other"], ["v2.kernel.websocket.jupyter.org"]])
def test_a_silent_websocket_of_another_protocol_is_refused(target: Target, kernel, protocols):
    before = target.memory()
    with target.connect(kernel) as page:
        for _ in range(3):
            with pytest.raises(InvalidStatus) as refused:
                target.connect(kernel, subprotocols=protocols)
            assert refused.value.response.status_code == 400
            replies(page, message("kernel_info_request", {}))
    assert target.still_answers()
    assert target.memory() - before < MUCH


def test_a_websocket_of_another_site_is_refused(target: Target, kernel):
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(InvalidStatus) as refused:
            target.connect(kernel, origin=origin)
        assert refused.value.response.status_code == 403
    with target.connect(kernel, origin=f"http://{target.host}") as page:
        assert page.subprotocol == PROTOCOL
        assert any(
            b"kernel_info_reply" in reply
            for reply in replies(page, message("kernel_info_request", {}))
        )


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD.keys())
def test_what_is_no_message_closes_the_websocket_and_costs_nothing(target: Target, kernel, frame):
    before = target.memory()
    with target.connect(kernel) as page:
        page.send(frame)
        with pytest.raises(ConnectionClosed):
            while True:
                page.recv(timeout=SOON)
    assert target.still_answers()
    assert target.memory() - before < MUCH


def test_a_message_has_a_largest_size(target: Target, kernel):
    before = target.memory()
    with target.connect(kernel) as page, pytest.raises(ConnectionClosed):
        page.send(b"x" * (9 * 1024**2))
        while True:
            page.recv(timeout=SOON)
    assert target.still_answers()
    assert target.memory() - before < MUCH


def test_a_page_has_few_websockets(target: Target, kernel):
    with ExitStack() as pages:
        for _ in range(4):
            pages.enter_context(target.connect(kernel))
        with pytest.raises(InvalidStatus) as refused:
            pages.enter_context(target.connect(kernel))
        assert refused.value.response.status_code == 429

    def connects_again() -> bool:
        try:
            with target.connect(kernel):
                return True
        except InvalidStatus:
            return False

    wait_until(connects_again)


def test_an_error_in_the_kernel_reaches_the_log_and_not_the_page(target: Target, kernel):
    broken = message("comm_open", {"comm_id": "c", "target_name": "jupyter.widget", "data": {}})
    with target.connect(kernel) as page:
        got = replies(page, broken)
    assert not any(b"Traceback" in reply or b".py" in reply for reply in got)


def test_messages_are_whole():
    assert is_message(GOOD) and is_message(message("comm_msg", {}, "control"))
    assert not any(is_message(frame) for frame in BAD.values())


def test_a_page_that_sends_too_much_has_to_wait():
    allowance = Allowance(burst=10_000, rate=1.0)
    assert allowance.take(4_000) == allowance.take(4_000) == 0.0
    assert 1_000 < allowance.take(4_000) <= 2_000
    assert allowance.take(1) > 2_000
