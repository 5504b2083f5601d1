"""A plain NumPy function as a model: what needs no gradient works, the rest says what to use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import demo_widgets as dw
from demo_widgets.errors import ModelError
from tests.dashboard import conftest as dashboards

make_dashboard, linear = dashboards.make_dashboard, dashboards.linear  # fixtures

MOTIF = "GATAAG"
LENGTH = 40
WEIGHTS = np.where(dw.one_hot_encode([MOTIF])[0] == 1, 2.0, -1.0)


def binding_energy(X: np.ndarray) -> np.ndarray:
    """Log-sum-exp of a PWM over the positions of both strands, ``(n,)``."""
    width = len(WEIGHTS)
    scans = [
        np.stack([(strand[:, i : i + width] * WEIGHTS).sum((1, 2)) for i in range(LENGTH - width)])
        for strand in (X, X[:, ::-1, ::-1])
    ]
    return np.log(np.exp(np.concatenate(scans)).sum(axis=0))


def forward_only(X: np.ndarray) -> np.ndarray:
    """As above on the given strand alone, as a probability."""
    scans = [(X[:, i : i + 6] * WEIGHTS).sum((1, 2)) for i in range(X.shape[1] - 5)]
    return 1 / (1 + np.exp(5 - np.max(scans, axis=0)))


def sequences(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), LENGTH)) for _ in range(n)]


@pytest.fixture(scope="module")
def data() -> dw.SequenceDataset:
    """40 sequences with the motif and 40 without."""
    bound = [s[:15] + MOTIF + s[21:] for s in sequences(40)]
    return dw.SequenceDataset(bound + sequences(40, seed=1), labels=[1] * 40 + [0] * 40)


@pytest.fixture(scope="module")
def X(data) -> np.ndarray:
    return dw.one_hot_encode(data.sequences[:3])


@pytest.fixture
def energy():
    return dw.SequenceModel(binding_energy, task="regression", name="energy")


def test_predict_is_the_function(energy, X):
    np.testing.assert_allclose(dw.predict(energy, X), binding_energy(X), rtol=1e-6)
    np.testing.assert_allclose(energy.score(X), binding_energy(X), rtol=1e-6)
    np.testing.assert_allclose(dw.predict(binding_energy, X), binding_energy(X), rtol=1e-6)


def test_a_probability_is_explained_by_its_log_odds(X):
    model = dw.SequenceModel(forward_only, task="binary")
    p = forward_only(X.astype(float))
    np.testing.assert_allclose(model.predict(X), p, rtol=1e-5)
    np.testing.assert_allclose(model.score(X), np.log(p) - np.log1p(-p), rtol=1e-4, atol=1e-5)


def test_what_is_no_probability_is_refused(X):
    with pytest.raises(ModelError, match="regression"):
        dw.SequenceModel(binding_energy, task="binary").predict(X)


def test_it_says_what_it_is(energy):
    assert "energy" in energy.describe() and "regression" in energy.describe()
    assert energy.output.task == "regression" and energy.model is binding_energy
    assert not energy.can("gradient")


def test_the_function_gets_an_array_of_its_own(X):
    """One that changes its input must not change the caller's, nor another batch's."""

    def spoils(x):
        x[:] = 0
        return x.sum((1, 2))

    before = X.copy()
    dw.in_silico_mutagenesis(dw.SequenceModel(spoils), X)
    np.testing.assert_array_equal(X, before)


def test_evaluate_ranks_bound_sequences_first(energy, data):
    assert dw.evaluate(energy, data)["auroc"] > 0.95


def test_mutagenesis_is_one_call_for_each_mutant(energy, X):
    expected = np.zeros_like(X)
    for t in range(LENGTH):
        for b in range(4):
            mutants = X.copy()
            mutants[:, t] = np.eye(4)[b]
            expected[:, t, b] = binding_energy(mutants) - binding_energy(X)
    found = dw.in_silico_mutagenesis(energy, X).effects
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_pair_mutagenesis_is_one_call_for_each_pair(energy, X):
    found = dw.pair_mutagenesis(energy, X[:1], (15, 19))
    i, a, j, b = 1, 0 if X[0, 16, 0] == 0 else 1, 3, 2 if X[0, 18, 2] == 0 else 3
    one, two = X[:1].copy(), X[:1].copy()
    one[0, 15 + i], two[0, 15 + j] = np.eye(4)[a], np.eye(4)[b]
    both = one.copy()
    both[0, 15 + j] = np.eye(4)[b]
    s, s1, s2, s12 = (binding_energy(x)[0] for x in (X[:1], one, two, both))
    assert found.interactions[i, j, a, b] == pytest.approx(s12 - s1 - s2 + s, abs=1e-5)


def test_greedy_design_writes_the_motif(energy):
    result = dw.greedy_design(energy, "C" * LENGTH, steps=8)
    assert result.score > result.start_score
    strands = result.sequence, dw.reverse_complement(result.sequence)
    assert any(MOTIF in strand for strand in strands)


def test_strand_gap_tells_a_one_strand_function(energy, X):
    assert np.abs(dw.strand_gap(energy, X).score_gap).max() < 1e-5
    one_way = dw.SequenceModel(forward_only, task="binary")
    assert np.abs(dw.strand_gap(one_way, X).score_gap).max() > 1


def test_marginal_insertion_of_the_motif_raises_the_score(energy):
    """Insertion by hand: the seam is all that it needs."""
    backgrounds = sequences(10, seed=2)
    inserted = [s[:17] + MOTIF + s[23:] for s in backgrounds]
    assert (energy.score(inserted) - energy.score(backgrounds)).mean() > 2


def test_motifs_are_found_by_mutagenesis(energy, data):
    motifs = dw.discover_motifs(energy, data, "saliency", attribution="in_silico_mutagenesis")
    found = [motif.consensus for motif in motifs]
    assert any(core in word for word in found for core in ("GATAAG", "CTTATC"))


def test_mutagenesis_goes_to_a_folder(energy, data, tmp_path):
    dw.interpret_to_folder({"energy": energy}, data, tmp_path, method="in_silico_mutagenesis")
    arrays = dw.open_interpretation(tmp_path)["energy"]
    expected = dw.attribute(energy, data, method="in_silico_mutagenesis")
    np.testing.assert_allclose(arrays["importance"][:], expected.importance, atol=1e-6)


def text_of(widget) -> str:
    """Everything that a widget and those inside it say."""
    own = [str(getattr(widget, name, "")) for name in ("value", "description")]
    return " ".join(own + [text_of(child) for child in getattr(widget, "children", ())])


def test_every_tab_opens_and_says_what_needs_a_gradient(make_dashboard, energy, data):
    dashboard = make_dashboard({"energy": energy}, data)
    said = {}
    for tab in dw.MotifDashboard.tab.values:
        dashboard.tab = tab
        dashboard.wait()
        said[tab] = text_of(dashboard)
        assert not re.search("could not be shown|Traceback", said[tab]), tab
    assert "gradient" in said["Saliency"] and "mutagenesis" in said["Saliency"]
    assert re.search("recurrent", said["Temporal"])


def test_the_report_is_written(make_dashboard, energy, data, tmp_path):
    make_dashboard({"energy": energy}, data).save_html(tmp_path / "report.html", [0, 41])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "energy" in page and "gradient" in page


def test_a_dashboard_of_a_function_and_a_network_shows_both(make_dashboard, linear, energy, data):
    dashboard = make_dashboard({"energy": energy, "linear": linear}, data)
    dashboard.tab = "Saliency"
    said = text_of(dashboard)
    assert "energy" in said and "linear" in said


@pytest.mark.parametrize(
    ("function", "options", "why"),
    [
        (dw.saliency_map, {}, "no gradient.*in.silico.mutagenesis"),
        (dw.integrated_gradients, {}, "no gradient.*in.silico.mutagenesis"),
        (dw.optimize_class, {"length": LENGTH}, "no gradient.*(greedy_design|mutagenesis)"),
        (dw.temporal_output_scores, {}, "recurrent"),
    ],
)
def test_what_needs_a_gradient_or_time_says_so(energy, X, function, options, why):
    arguments = () if "length" in options else (X,)
    with pytest.raises(ModelError, match=why):
        function(energy, *arguments, **options)


LIGHT = """
import sys
import numpy as np
import demo_widgets as dw

def count(X):
    return (X[:, :-1, 2] * X[:, 1:, 0]).sum(axis=1)

model = dw.SequenceModel(count, task="regression")
s = "ACGTTGATAAGCATTTACGC"
dw.predict(model, [s])
dw.in_silico_mutagenesis(model, s)
dw.pair_mutagenesis(model, s, (3, 7))
dw.greedy_design(model, s, steps=2)
dw.strand_gap(model, s)
print(*[name for name in ("tensorflow", "keras", "torch") if name in sys.modules])
"""


def test_a_function_model_loads_no_deep_learning_library():
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", LIGHT], cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


def test_functions_of_other_values_have_other_fingerprints():
    def scaled(by):
        return lambda X: by * X[:, :, 1].sum(axis=1)

    class Scaled:
        def __init__(self, by):
            self.by = by

        def __call__(self, X):
            return self.by * X[:, :, 1].sum(axis=1)

    def of(function):
        return dw.SequenceModel(function, name="scaled").fingerprint

    assert of(scaled(1.0)) == of(scaled(1.0)) != of(scaled(5.0))
    assert of(lambda X, by=1.0: by * X.sum((1, 2))) != of(lambda X, by=5.0: by * X.sum((1, 2)))
    assert of(binding_energy) == of(binding_energy)
    one, other = of(Scaled(1.0)), of(Scaled(5.0))
    assert one != other


def test_a_fingerprint_is_the_same_in_every_process_and_follows_globals(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "WEIGHT = 1.0\n"
        "def score(X):\n"
        "    known = {'A', 'C', 'G'}\n"
        "    return sum(WEIGHT * X[:, i].sum(axis=1) for i in range(3) if 'A' in {'A', 'C', 'G'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import mine, demo_widgets as dw\n"
        "print(dw.SequenceModel(mine.score).fingerprint)\n"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    import mine

    assert printed == [dw.SequenceModel(mine.score).fingerprint] * 2
    monkeypatch.setattr(mine, "WEIGHT", 2.0)
    assert dw.SequenceModel(mine.score).fingerprint != printed[0]
