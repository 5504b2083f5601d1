"""Requests that no page of the server sends: other names, other sites, other arguments."""

from __future__ import annotations

import re

import pytest

from tests.serve.conftest import Target

SCRIPT = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"


@pytest.mark.parametrize(
    "query",
    [f"theme={SCRIPT}", f"theme=light&theme={SCRIPT}", "theme=JupyterLab%20Dark", "theme="],
)
def test_a_theme_is_light_or_dark(target: Target, query):
    answer = target.request(f"/?{query}")
    assert answer.status == 400 and "light and dark" in answer.text
    assert "<script" not in answer.text
    assert target.server.kernels() == set()


@pytest.mark.parametrize("name", ["lab", "demo-widgets", "../../x", SCRIPT])
def test_the_template_cannot_be_chosen(target: Target, name):
    answer = target.request(f"/?template={name}")
    assert answer.status == 400 and "<script" not in answer.text
    assert target.server.kernels() == set()


def test_every_answer_has_headers_that_keep_the_page_to_itself(target: Target):
    paths = ("/?theme=x", "/nothing", "/voila/static/voila.js", "/api/kernels/1-1-1-1-1")
    for path in paths:
        headers = target.request(path).headers
        policy = dict(
            part.partition(" ")[::2] for part in headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in policy["script-src"] and "http" not in policy["script-src"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_every_script_of_the_page_is_let_in_by_the_policy(target: Target):
    answer = target.request("/?theme=dark")
    target.close_page(answer.kernel)
    (nonce,) = re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", answer.text, re.S)
    inline = [
        (attributes, text)
        for attributes, text in scripts
        if "src=" not in attributes and "json" not in attributes
    ]
    assert len(inline) >= 3
    assert all(
        f'nonce="{nonce}"' in attributes or text == "window.voila_heartbeat()"
        for attributes, text in inline
    )
    assert target.request("/nothing").headers["Content-Security-Policy"].count(nonce) == 0


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost",
        "localhost:{other}",
        "127.0.0.1.evil.example:{port}",
        "user@127.0.0.1:{port}",
        "127.0.0.1:{port}/",
        "10.0.0.1:{port}",
        "",
    ],
)
def test_a_name_that_is_not_the_servers_is_refused(target: Target, host):
    host = host.format(port=target.port, other=target.port + 1)
    for path in ("/", "/nothing", "/voila/static/voila.js", "/api/kernels/1-1-1-1-1"):
        answer = target.request(path, Host=host)
        assert answer.status in (400, 403), answer.text
        assert "spinner" not in answer.text
    assert target.server.kernels() == set()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_names_of_this_machine_are_answered(target: Target, name):
    assert target.request("/nothing", Host=f"{name}:{target.port}").status == 404


ELSEWHERE = [
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
    {"Sec_Fetch_Site": "same-site"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Referer": "http://evil.example/"},
    {"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_another_site_starts_no_kernel(target: Target, headers):
    answer = target.request("/", **headers)
    assert answer.status == 403
    assert target.server.kernels() == set()


def test_a_link_on_another_site_leads_to_a_page_with_a_link(target: Target):
    answer = target.request("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert answer.status == 403 and '<a href="/">' in answer.text


def test_another_site_ends_no_kernel_and_opens_no_websocket(target: Target, baited):
    with target.page() as kernel:
        for headers in ELSEWHERE:
            for path, method in (
                (f"/voila/api/shutdown/{kernel}", "POST"),
                (f"/api/kernels/{kernel}", "DELETE"),
                (f"/api/kernels/{kernel}", "GET"),
                (f"/api/kernels/{kernel}/channels", "GET"),
            ):
                assert target.request(path, method, **headers).status == 403
        assert len(target.server.kernels()) == 1
        assert not list(baited.rglob("pwned*")), "code where the server started was run"


def test_a_body_is_short(target: Target):
    answer = target.request("/voila/api/shutdown/1-1-1-1-1", "POST", Content_Length="100000")
    assert answer.status in (400, 413)
    assert target.still_answers()


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/secret.png",
        "/voila/files/secret.txt",
        "/voila/files/dashboard.ipynb",
        "/voila/files/page.json",
        "/voila/files/../page.json",
        "/secret.png",
        "/dashboard.ipynb",
        "/files/secret.png",
        "/voila/tree",
        "/voila/templates/lab/static/index.css",
        "/voila/templates/nothing",
        "/voila/render/dashboard.ipynb",
        "/voila/api/contents/",
        "/api/contents",
        "/api/kernels",
        "/login",
        "/voila/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
    ],
)
def test_nothing_but_the_page_is_served(target: Target, path):
    answer = target.request(path)
    assert answer.status in (403, 404)
    assert "secret" not in answer.text and "Location" not in answer.headers
