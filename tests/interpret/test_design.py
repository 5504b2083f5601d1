"""Greedy design and repair: every step is the best allowed one, and the result obeys."""

from __future__ import annotations

import threading

import keras
import numpy as np
import pytest
from keras import layers

from demo_widgets.errors import Cancelled, ModelError, SequenceError
from demo_widgets.interpret import (
    DesignConstraints,
    constrained_sequences,
    greedy_design,
    in_silico_mutagenesis,
    optimize_class,
    repair,
)
from demo_widgets.models.networks import build_cnn
from demo_widgets.models.score import sequence_model
from demo_widgets.sequences import one_hot_encode


def linear_model(length: int, seed: int = 1) -> tuple[keras.Model, np.ndarray]:
    model = keras.Sequential([layers.Input((length, 4)), layers.Flatten(), layers.Dense(1)])
    weights = np.random.default_rng(seed).normal(size=(length, 4)).astype("float32")
    model.layers[-1].kernel.assign(weights.reshape(-1, 1))
    return model, weights


def random_dna(length: int, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def score_of(model, sequence: str) -> float:
    return float(sequence_model(model).score_and_predict(one_hot_encode([sequence]))[0][0])


def replay(result) -> list[str]:
    """The sequence after each step, checking that each step says what it replaced."""
    sequences = [result.start]
    for step in result.path:
        bases = list(sequences[-1])
        assert bases[step.position] == step.from_base != step.to_base
        bases[step.position] = step.to_base
        sequences.append("".join(bases))
    return sequences


def test_a_linear_model_is_climbed_to_its_best_sequence_by_largest_gain():
    model, weights = linear_model(7)
    result = greedy_design(model, "ACGTACG", steps=20)
    assert result.sequence == "".join("ACGT"[b] for b in weights.argmax(axis=1))
    assert result.at_optimum and not result.cancelled
    gains = np.diff([result.start_score, *(step.score for step in result.path)])
    assert (gains > 0).all() and (np.diff(gains) <= 1e-5).all()
    assert result.score == pytest.approx(weights.max(axis=1).sum(), rel=1e-5)


def test_each_step_is_the_best_of_mutagenesis():
    model = build_cnn()
    result = greedy_design(model, random_dna(14), steps=3)
    sequences = replay(result)
    for step, before in zip(result.path, sequences, strict=False):
        effects = in_silico_mutagenesis(model, before).effects[0]
        position, base = np.unravel_index(effects.argmax(), effects.shape)
        assert (step.position, step.to_base) == (position, "ACGT"[base])
        assert step.score == pytest.approx(score_of(model, sequences[step.step]), abs=1e-5)
    assert result.sequence == sequences[-1] and len(result.path) == 3 and not result.at_optimum


def test_every_step_keeps_the_constraints():
    limits = DesignConstraints(
        gc=(0.4, 0.6), max_homopolymer=2, forbidden_sites=("GATA",), frozen_positions=(0, -1)
    )
    model, _ = linear_model(20)
    start = repair(model, random_dna(20), limits).sequence
    result = greedy_design(model, start, steps=30, constraints=limits)
    for sequence in replay(result):
        assert limits.violations(sequence) == []
        assert (sequence[0], sequence[-1]) == (start[0], start[-1])
    assert len(result.path) > 3 and result.at_optimum
    free = greedy_design(model, start, steps=30)
    assert free.score > result.score > result.start_score


def test_design_mends_its_start_first():
    limits = DesignConstraints(max_homopolymer=3)
    result = greedy_design(linear_model(12)[0], "A" * 12, steps=0, constraints=limits)
    assert limits.violations(result.sequence) == [] and result.path


def test_cancelled_design_returns_what_is_there():
    cancel, seen = threading.Event(), []

    def stop_at_2(done, total, score):
        seen.append((done, total))
        if done == 2:
            cancel.set()

    result = greedy_design(
        linear_model(9)[0], "ACGTACGTA", steps=6, on_progress=stop_at_2, cancel=cancel
    )
    assert result.cancelled and len(result.path) == 2 and seen == [(1, 6), (2, 6)]


def test_everything_frozen_changes_nothing():
    limits = DesignConstraints(frozen_positions=tuple(range(5)))
    result = greedy_design(linear_model(5)[0], "ACGTA", constraints=limits)
    assert result.at_optimum and result.path == () and result.sequence == "ACGTA"


def test_repair_breaks_a_long_run_once_in_the_middle():
    model, weights = linear_model(9)
    result = repair(model, "A" * 9, DesignConstraints(max_homopolymer=4))
    [step] = result.path
    assert step.position == 4
    assert step.to_base == "CGT"[weights[4, 1:].argmax()]


def test_repair_of_a_site_costs_the_least_score():
    model, weights = linear_model(10)
    limits = DesignConstraints(forbidden_sites=("EcoRI",))
    result = repair(model, "CCGAATTCGG", limits)
    effects = in_silico_mutagenesis(model, "CCGAATTCGG").effects[0, 2:8]
    effects[effects == 0] = -np.inf
    assert len(result.path) == 1
    assert result.score - result.start_score == pytest.approx(effects.max(), abs=1e-5)


def test_repair_changes_two_bases_where_one_cannot_help():
    """Breaking a run of G and C takes one away, which the GC content wants back elsewhere."""
    limits = DesignConstraints(gc=(0.5, 0.5), forbidden_sites=("SSSS",))
    result = repair(linear_model(8)[0], "AGGCCTTA", limits)
    assert limits.violations(result.sequence) == [] and len(result.path) == 2


@pytest.mark.parametrize("seed", range(4))
def test_repaired_sequences_obey_and_keep_what_is_frozen(seed):
    limits = DesignConstraints(
        gc=(0.4, 0.6),
        gc_window=20,
        max_homopolymer=3,
        forbidden_sites=("EcoRI", "GATAA", "BsaI"),
        left_flank="ACGTCA",
        frozen_positions=(10, 11),
    )
    start = random_dna(20, seed) + "GAATTC" + "A" * 8 + "GATAAGGTCTC"
    result = repair(linear_model(45)[0], start, limits)
    assert limits.violations(result.sequence) == []
    assert result.sequence[10:12] == start[10:12] and result.sequence.startswith("ACGTCA")
    assert replay(result)[-1] == result.sequence and len(result.path) < 25


def test_a_sequence_that_obeys_is_left_alone():
    result = repair(linear_model(4)[0], "ACGT", DesignConstraints(max_homopolymer=2))
    assert result.sequence == "ACGT" and result.path == () and result.method == "repair"
    assert result.score == result.start_score


def test_ambiguous_bases_are_replaced():
    model, weights = linear_model(5)
    result = repair(model, "ACNGT", DesignConstraints())
    [step] = result.path
    assert (step.position, step.from_base) == (2, "N")
    assert step.to_base == "ACGT"[weights[2].argmax()]


@pytest.mark.parametrize(
    ("sequence", "limits", "why"),
    [
        ("ACGAATTC", {"frozen_positions": tuple(range(8)), "forbidden_sites": ("EcoRI",)},
         "cannot be repaired: EcoRI .*GAATTC.* at position 3.*one or two of its 0 free bases"),
        ("CCCCCCCC", {"left_flank": "GAATTC", "forbidden_sites": ("GAATTC",)},
         "cannot be repaired: GAATTC at position 1"),
        ("GGGGGGGG", {"frozen_positions": (0, 1, 2, 3, 4), "gc": (0.0, 0.5)},
         "cannot be repaired: GC content is 0.62"),
    ],
)  # fmt: skip
def test_what_cannot_be_repaired_is_said(sequence, limits, why):
    with pytest.raises(SequenceError, match=why):
        repair(linear_model(8)[0], sequence, DesignConstraints(**limits))


def test_optimised_sequences_are_repaired_with_both_scores():
    model, _ = linear_model(12)
    found = optimize_class(model, length=12, iterations=30, restarts=3)
    limits = DesignConstraints(gc=(0.5, 0.5), max_homopolymer=1)
    repaired = constrained_sequences(model, found, limits)
    for result, sequence, score in zip(
        repaired, found.sequences, found.discrete_scores, strict=True
    ):
        assert result.start == sequence and limits.violations(result.sequence) == []
        assert result.start_score == pytest.approx(score, abs=1e-5)
        assert result.score == pytest.approx(score_of(model, result.sequence), abs=1e-5)
    other = linear_model(12)[0]
    with pytest.raises(ModelError, match=f"optimised for model {model.name!r}, got"):
        constrained_sequences(other, found, limits)
    with pytest.raises(SequenceError, match="restart 1: the sequence cannot be repaired"):
        constrained_sequences(model, found, DesignConstraints(left_flank="AA", max_homopolymer=1))


def test_cancelled_repair_stops():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="repair was cancelled after 0 of 2"):
        repair(linear_model(5)[0], "AAAAC", DesignConstraints(max_homopolymer=2), cancel=cancel)


@pytest.mark.parametrize(
    ("sequence", "steps", "error", "why"),
    [
        ("ACGTA", -1, ModelError, "steps must be a whole number"),
        ("ACGTA", 1.5, ModelError, "steps must be a whole number"),
        ("ACG", 1, ModelError, "only takes sequences of 5 bases"),
        (["ACGTA"], 1, SequenceError, "sequence is a list; expected one string"),
        ("AC-TA", 1, SequenceError, "'-' at position 3"),
    ],
)
def test_what_cannot_be_designed_is_refused(sequence, steps, error, why):
    with pytest.raises(error, match=why):
        greedy_design(linear_model(5)[0], sequence, steps=steps)
