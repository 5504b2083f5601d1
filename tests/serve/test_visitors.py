"""How many visitors there are, and what is left of one who has gone."""

from __future__ import annotations

import asyncio
import http.client
from contextlib import ExitStack

import pytest

from demo_widgets import cli
from demo_widgets.serve import visitors
from tests.serve.conftest import FULL, Target, wait_until


def test_the_next_visitor_is_told_to_wait_until_another_leaves(target: Target):
    kernels = []
    try:
        with ExitStack() as pages:
            for _ in range(FULL):
                kernels.append(target.request().kernel)
                pages.enter_context(target.connect(kernels[-1]))
            assert len(target.server.kernels()) == FULL
            for _ in range(2):
                full = target.request()
                assert full.status == 503 and full.headers.get_content_type() == "text/html"
                assert f"All {FULL} places are taken" in full.text
                assert "--max-visitors" in full.text
            assert len(target.server.kernels()) == FULL
            target.close_page(kernels.pop())
            after = target.request()
            assert after.status == 200, after.text
            kernels.append(after.kernel)
    finally:
        for kernel in kernels:
            target.close_page(kernel)
    wait_until(lambda: not target.server.kernels(), target.server.kernels)


def test_a_page_closed_while_it_loads_leaves_no_kernel_and_takes_no_place(target: Target):
    told = target.server.log.read_text().count("Traceback")
    for _ in range(FULL + 1):
        connection = http.client.HTTPConnection(target.host)
        connection.request("GET", "/")
        wait_until(lambda: bool(target.server.kernels()))
        connection.close()
        wait_until(lambda: not target.server.kernels(), target.server.kernels)
    with target.page():
        assert len(target.server.kernels()) == 1
    assert target.server.log.read_text().count("Traceback") == told


def test_a_page_closed_before_its_kernel_starts_takes_no_place(target: Target):
    for _ in range(FULL + 1):
        connection = http.client.HTTPConnection(target.host)
        connection.request("GET", "/")
        connection.close()
    wait_until(lambda: target.still_answers() and not target.server.kernels())
    with target.page():
        assert len(target.server.kernels()) == 1


@pytest.mark.parametrize("given", ["0", "-1", "many"])
def test_the_number_of_visitors_is_one_or_more(capsys, given):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["serve", "--models", "m", "--sequences", "s", "--max-visitors", given])
    assert stopped.value.code == 2
    assert "--max-visitors" in capsys.readouterr().err


def test_a_name_that_is_none_is_refused(tmp_path, capsys):
    (tmp_path / "m").mkdir()
    given = ["--models", str(tmp_path / "m"), "--sequences", "s", "--port", "0"]
    assert cli.main(["serve", *given, "--allow-host", "http://lab"]) == 2
    assert "http://lab" in capsys.readouterr().err


def test_a_page_that_is_away_gives_its_place_to_the_next_one(monkeypatch):
    monkeypatch.setattr(visitors, "AWAY_SECONDS", 0.0)

    async def visit_twice() -> None:
        kernels = visitors.VisitorKernels(max_visitors=1)
        first = await kernels.enter()
        first.kernel_id = "first"
        assert await kernels.enter() is None, "a page that is loading keeps its place"
        kernels.connected("first", "socket")
        kernels.sent(first)
        assert await kernels.enter() is None, "a page that is connected keeps its place"
        kernels.disconnected("first", "socket")
        assert await kernels.enter() is not None

    asyncio.run(visit_twice())


def test_a_page_that_never_connects_loses_its_place(monkeypatch):
    monkeypatch.setattr(visitors, "LOADING_SECONDS", 0.0)

    async def never_connect() -> None:
        kernels = visitors.VisitorKernels(max_visitors=1)
        kernels.sent(await kernels.enter())
        assert await kernels.enter() is not None

    asyncio.run(never_connect())
