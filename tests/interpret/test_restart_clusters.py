"""Restarts planted at known shifts and strands are found again."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from demo_widgets.errors import ModelError
from demo_widgets.interpret import cluster_restarts, optimize_class
from demo_widgets.models.networks import build_cnn
from demo_widgets.sequences import one_hot_encode, reverse_complement


def pwm_of(site: str, at: int, length: int = 30, weight: float = 0.9) -> np.ndarray:
    pwm = np.full((length, 4), 0.25)
    pwm[at : at + len(site)] = weight * one_hot_encode(site) + (1 - weight) / 4
    return pwm


def restarts(*pwms, scores=None) -> SimpleNamespace:
    scores = np.arange(len(pwms), 0, -1.0) if scores is None else np.array(scores)
    return SimpleNamespace(pwm=np.stack(pwms), discrete_scores=scores)


def test_the_same_site_is_one_cluster_at_any_shift_and_strand():
    found = cluster_restarts(
        restarts(
            pwm_of("AGATAAGG", 10),
            pwm_of("CAGGTGCC", 3),
            pwm_of("AGATAAGG", 17),
            pwm_of(reverse_complement("AGATAAGG"), 5),
        )
    )
    assert found.clusters.tolist() == [0, 1, 0, 0] and found.representatives.tolist() == [0, 1]
    assert found.strands == ["+", "+", "+", "-"]
    # turned, the site of the last one lies at 30 - (5 + 8) = 17
    assert found.shifts.tolist() == [0, 0, -7, -7]
    for restart in (2, 3):
        np.testing.assert_allclose(found.aligned[restart], found.aligned[0], atol=1e-12)
    np.testing.assert_allclose(found.similarities[0, [2, 3]], 1, atol=1e-9)


def test_the_representative_is_the_highest_discrete_score():
    pwms = [pwm_of("AGATAAGG", at) for at in (4, 9, 12)]
    found = cluster_restarts(restarts(*pwms, scores=[1, 3, 2]))
    assert found.representatives.tolist() == [1] and found.shifts.tolist() == [5, 0, -3]
    np.testing.assert_allclose(found.aligned, np.stack([pwms[1]] * 3), atol=1e-12)


def test_similarity_is_the_correlation_of_information_weighted_columns():
    """Half of a site shared: the overlap counts against all that either holds."""
    found = cluster_restarts(restarts(pwm_of("AGATAAGG", 10), pwm_of("AGAT", 10)), max_shift=0)
    assert found.similarities[0, 1] == pytest.approx(np.sqrt(0.5))


def test_quiet_columns_count_less_than_certain_ones():
    loud, other = pwm_of("AGAT", 5), pwm_of("AGAT", 5)
    quiet = 0.4 * one_hot_encode("CC") + 0.15
    loud[12:14] = quiet
    other[20:22] = quiet
    assert cluster_restarts(restarts(loud, other), max_shift=0).similarities[0, 1] > 0.99


def test_max_shift_bounds_the_alignment():
    pair = restarts(pwm_of("AGATAAGG", 2), pwm_of("AGATAAGG", 12))
    assert cluster_restarts(pair, max_shift=10).clusters.tolist() == [0, 0]
    assert cluster_restarts(pair, max_shift=9).clusters.tolist() == [0, 1]


def test_threshold_1_keeps_apart_what_differs():
    pair = restarts(pwm_of("AGATAAGG", 2), pwm_of("AGATAAGC", 2))
    assert cluster_restarts(pair).clusters.tolist() == [0, 0]
    assert cluster_restarts(pair, threshold=1.0).clusters.tolist() == [0, 1]


def test_one_restart_and_flat_restarts_are_clusters():
    flat = np.full((10, 4), 0.25)
    assert cluster_restarts(restarts(flat)).clusters.tolist() == [0]
    assert cluster_restarts(restarts(flat, flat)).clusters.tolist() == [0, 1]


def test_restarts_of_class_optimization_are_clustered():
    result = optimize_class(build_cnn(), length=15, iterations=20, restarts=3)
    found = cluster_restarts(result)
    assert found.aligned.shape == result.pwm.shape and len(found.strands) == 3
    np.testing.assert_allclose(found.similarities, found.similarities.T, atol=1e-6)
    np.testing.assert_allclose(found.aligned.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize(("option", "value"), [("threshold", 0), ("threshold", 1.1),
                                               ("max_shift", -1), ("max_shift", 30)])  # fmt: skip
def test_settings_out_of_range_are_named(option, value):
    with pytest.raises(ModelError, match=option):
        cluster_restarts(restarts(pwm_of("AGAT", 2)), **{option: value})
