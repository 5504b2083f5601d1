"""The table of rows: sorting, paging, choosing, and text that stays text."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from demo_widgets.dashboard.parts.row_table import RowTable

from .conftest import css_classes, press

COLUMNS = [("name", "Name", "1fr", ""), ("p", "P", "70px", ".3f")]


def rows(n: int = 40, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).permutation(n) / n
    return pd.DataFrame({"name": [f"s{i}" for i in range(n)], "p": values})


@pytest.fixture
def chosen() -> list:
    return []


@pytest.fixture
def table(chosen) -> RowTable:
    table = RowTable(COLUMNS, chosen.append, page_size=10)
    table.show(rows())
    return table


def texts(table: RowTable) -> list[str]:
    return [b.description for b in table.buttons if b.layout.display != "none"]


def test_a_page_shows_its_rows_and_says_where_it_is(table):
    table.go(1)
    assert [text.split(",")[0] for text in texts(table)] == [f"Name s{i}" for i in range(10, 20)]
    assert table.where.value == "11–20 of 40"


@pytest.mark.parametrize(("asked", "shown"), [(-3, 0), (99, 3)])
def test_turning_past_the_ends_stays_at_the_end(table, asked, shown):
    table.go(asked)
    assert table.page == shown


def test_sorting_puts_the_highest_first_and_again_the_lowest(table):
    table.sort_by("p")
    assert table.rows["p"].is_monotonic_decreasing
    table.sort_by("p")
    assert table.rows["p"].is_monotonic_increasing


def test_the_order_is_shown_in_the_heading_and_outlives_other_rows(table):
    table.sort_by("p")
    assert [head.description for head in table.heads] == ["Name", "P ▼"]
    table.show(rows(seed=1))
    assert table.rows["p"].is_monotonic_decreasing


def test_pressing_a_row_tells_its_index_label_in_whatever_order(table, chosen):
    table.sort_by("p")
    table.go(2)
    press(table.buttons[3])
    assert chosen == [table.rows.index[23]]


def test_choosing_a_row_turns_to_its_page_and_marks_it_alone(table):
    table.sort_by("p")
    label = table.rows.index[34]
    table.choose(label)
    assert table.page == 3
    marked = [i for i, b in enumerate(table.buttons) if "dw-chosen" in css_classes(b)]
    assert marked == [4]


def test_choosing_a_row_that_is_filtered_away_keeps_the_page(table):
    table.show(rows()[:20])
    table.go(1)
    table.choose(39)
    assert table.page == 1
    assert not any("dw-chosen" in css_classes(b) for b in table.buttons)


def test_no_rows_are_told_in_words(table):
    table.show(rows()[:0])
    assert "No sequence" in table.text.value
    assert table.where.value == "0–0 of 0"
    assert texts(table) == []


def test_the_last_page_shows_only_the_rows_there_are(table):
    table.show(rows(23))
    table.go(2)
    assert len(texts(table)) == 3


def test_a_value_not_yet_known_is_no_number():
    table = RowTable(COLUMNS, print)
    table.show(pd.DataFrame({"name": ["a"], "p": [np.nan]}))
    assert "nan" not in table.text.value and "…" in table.text.value


def test_hostile_names_are_escaped(table):
    table.show(pd.DataFrame({"name": ["<script>alert(1)</script>\" onmouseover='x'"], "p": [0.5]}))
    assert "<script" not in table.text.value
    assert '" onmouseover' not in table.text.value


def test_a_hundred_thousand_rows_are_sorted_and_paged_without_waiting():
    table, n = RowTable(COLUMNS, print), 100_000
    took = {}
    for what, step in {
        "show": lambda: table.show(rows(n)),
        "sort": lambda: table.sort_by("p"),
        "page": lambda: table.go(3_000),
        "choose": lambda: table.choose(77_777),
    }.items():
        began = time.perf_counter()
        step()
        took[what] = time.perf_counter() - began
    print({what: f"{seconds * 1000:.0f} ms" for what, seconds in took.items()})
    assert max(took.values()) < 5  # seconds; a page that drew every row would take minutes
    assert (
        table.rows.index[table.page * table.page_size : (table.page + 1) * table.page_size]
        .isin([77_777])
        .any()
    )
