"""What is printed holds no control character of what it quotes, and fits the encoding."""

from __future__ import annotations

import io
import sys
import unicodedata

import pytest

from demo_widgets.terminal import has_control_characters, printable, say, say_aside


@pytest.mark.parametrize(("text", "shown"), [
    ("plain words, 0.5\nand more", "plain words, 0.5\nand more"),
    ("\x1b[2J\x07", r"\x1b[2J\x07"), ("a\rb\tc\x7f", r"a\rb\tc\x7f"), ("\x9b31m", r"\x9b31m"),
    ("\u202egnp.exe", r"\u202egnp.exe"), ("\u2028", r"\u2028"), ("caf\udce9", r"caf\xe9"),
    ("modèle α 模型 🧬", "modèle α 模型 🧬"), ("می\u200cروم", "می\u200cروم"),
])  # fmt: skip
def test_control_characters_become_escapes_and_letters_stay(text, shown):
    assert printable(text) == shown
    assert has_control_characters(text) is (shown != text and "\u202e" not in text or "\n" in text)


def test_no_character_of_unicode_reaches_the_terminal_as_a_control():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {unicodedata.category(letter) for letter in printable(every) if letter != "\n"}
    assert not left & {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_what_an_encoding_lacks_is_escaped(monkeypatch, encoding):
    for stream, tell in (("stdout", say), ("stderr", say_aside)):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, stream, io.TextIOWrapper(raw, encoding=encoding))
        tell("é 模 \udcff")
        getattr(sys, stream).flush()
        expected = "é 模 \\xff\n".encode(encoding, "backslashreplace")
        assert raw.getvalue().replace(b"\r\n", b"\n") == expected


def test_an_aside_is_one_line_of_a_length_one_can_read(capsys):
    say_aside("two\n lines " + "x" * 10**6)
    printed = capsys.readouterr().err
    assert printed.startswith("two lines xxx") and printed.endswith("...\n")
    assert printed.count("\n") == 1 and len(printed) < 5_000


def test_a_closed_stream_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    say("words")
    say_aside("words")
