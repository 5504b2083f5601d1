"""FIMO's coordinates, strands, scores and p-values against a brute-force scan."""

import subprocess
import sys

import numpy as np
import pytest

from demo_widgets.errors import DemoWidgetsWarning, MotifError
from demo_widgets.motifs import Motif, jaspar, scan_sequences
from demo_widgets.motifs.kernels import FIMO_EPSILON
from demo_widgets.motifs.scanning import HIT_COLUMNS


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.default_rng(3)
    return ["".join(row) for row in rng.choice(list("ACGT"), (30, 60))]


def brute_force(motif: Motif, sequences: list[str], threshold: float):
    """Every window of both strands whose log-odds reach the threshold."""
    found = {}
    for strand, oriented in (("+", motif), ("-", motif.reverse_complement())):
        odds = np.log2(oriented.frequencies + FIMO_EPSILON) - np.log2(0.25)
        for i, sequence in enumerate(sequences):
            for start in range(len(sequence) - len(motif) + 1):
                window = sequence[start : start + len(motif)]
                score = sum(odds[j, "ACGT".index(b)] for j, b in enumerate(window))
                if score >= threshold:
                    found[i, start, start + len(motif), strand] = score
    return found


def test_hits_are_those_of_a_brute_force_scan(sequences):
    motif = jaspar("JASPAR2024", matrix_id="MA0035.5")[0]
    table = scan_sequences(motif, sequences, p_value=1e-2)
    hits = {(r.sequence_index, r.start, r.end, r.strand): r.score for r in table.itertuples()}
    assert len(hits) > 20
    lowest = min(hits.values())
    expected = brute_force(motif, sequences, lowest - 1e-3)
    sure = {key for key, score in expected.items() if score > lowest + 0.2 * len(motif) ** 0.5}
    assert sure <= set(hits) <= set(expected)
    for key, score in hits.items():
        assert score == pytest.approx(expected[key], abs=1e-2)


def test_p_values_are_tail_probabilities_of_random_dna():
    motif = Motif.from_sites("GATAA", ["GATAA", "GATAA", "GATAA", "GATTA"])
    best = scan_sequences(motif, ["CCCGATAACCC"], p_value=0.01).iloc[0]
    assert (best["start"], best["end"], best["strand"]) == (3, 8, "+")
    assert best["p_value"] == pytest.approx(4.0**-5, rel=1e-6)


def test_rows_are_named_and_ordered(sequences):
    motifs = jaspar("JASPAR2024", matrix_id=["MA0035.5", "MA0139.2"])
    table = scan_sequences(motifs, sequences, p_value=1e-2)
    assert list(table.columns) == HIT_COLUMNS
    assert set(table["motif"]) == {"MA0035.5", "MA0139.2"}
    assert set(table["motif_name"]) == {"GATA1", "CTCF"}
    assert table["sequence_index"].is_monotonic_increasing
    assert (table["p_value"] <= 1e-2).all()


def test_nothing_found_is_an_empty_table_with_columns():
    motif = jaspar("JASPAR2024", matrix_id="MA0139.2")[0]
    for sequence, warned in (("ACGT", True), ("A" * 60, False), ("N" * 60, True)):
        with pytest.warns(DemoWidgetsWarning) if warned else _nothing():
            table = scan_sequences(motif, [sequence])
        assert len(table) == 0
        assert list(table.columns) == HIT_COLUMNS


def test_motifs_longer_than_the_sequences_are_counted_and_named():
    short = Motif.from_sites("short", ["GATAA"])
    long = [Motif.from_sites(f"long {i}", ["GATAACCCGG"]) for i in range(7)]
    told = (
        r"7 motifs are longer than the sequences of 8 bases and were not scanned for: "
        r"long 0 \(10\), .*long 4 \(10\) and 2 more$"
    )
    with pytest.warns(DemoWidgetsWarning, match=told) as warned:
        table = scan_sequences([*long, short], ["CGATAACC"], p_value=0.01)
    assert set(table["motif"]) == {"short"}
    assert [entry.filename for entry in warned] == [__file__]


def _nothing():
    import contextlib

    return contextlib.nullcontext()


def test_bad_arguments_are_refused():
    with pytest.raises(MotifError, match="motifs is empty"):
        scan_sequences([], ["ACGT"])
    for wrong in ("GATA1", None, ["GATA1"]):
        with pytest.raises(MotifError, match=r"motifs must be a motif.*jaspar\(tf_name"):
            scan_sequences(wrong, ["ACGT"])
    with pytest.raises(MotifError, match="between 0 and 1"):
        scan_sequences(Motif.from_sites("m", ["GATAA"]), ["ACGT"], p_value=0)


def test_importing_the_package_loads_neither_numba_nor_tensorflow():
    code = (
        "import sys, demo_widgets.motifs; "
        "print([m for m in ('numba', 'memelite', 'tensorflow', 'keras') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
