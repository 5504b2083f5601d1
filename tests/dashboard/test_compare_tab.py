"""The Compare tab: both strands on one axis, agreement in numbers, a badge for saturation."""

from __future__ import annotations

import re

import numpy as np
import pytest

from demo_widgets.dashboard.tabs.compare_tab import mirrored_heights
from demo_widgets.interpret import attribute, method_agreement, saturation_warnings, strand_gap
from demo_widgets.interpret.methods import METHODS
from demo_widgets.sequences import SequenceDataset, as_one_hot, reverse_complement

from .conftest import html, linear_model, make_dataset, press, recurrent_model, table


def symmetric_model():
    """A convolution whose filters come with their reverse complements: strands are alike."""
    import keras

    rng = np.random.default_rng(4)
    inputs = keras.Input((None, 4))
    convolution = keras.layers.Conv1D(8, 5, padding="same", activation="relu")
    pooled = keras.layers.GlobalAveragePooling1D()(convolution(inputs))
    dense = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Model(inputs, dense(pooled), name="symmetric")
    kernel = rng.normal(size=(5, 4, 4)).astype("float32")
    both = np.concatenate([kernel, kernel[::-1, ::-1]], axis=-1)
    convolution.set_weights([both, np.zeros(8, "float32")])
    weight = rng.normal(size=4)
    dense.set_weights([np.tile(weight, 2)[:, None].astype("float32"), np.zeros(1, "float32")])
    return model


def saturated_model():
    """Full after one G: each further G has no gradient, and losing one costs nothing."""
    import keras

    inputs = keras.Input((None, 4))
    convolution = keras.layers.Conv1D(1, 1)
    full = keras.layers.ReLU(max_value=1.0)
    summed = keras.layers.Lambda(lambda x: keras.ops.sum(x, axis=1))
    dense = keras.layers.Dense(1, activation="sigmoid")
    outputs = dense(full(summed(convolution(inputs))))
    model = keras.Model(inputs, outputs, name="saturated")
    convolution.set_weights([np.array([[[0.0], [0.0], [1.0], [0.0]]]), np.zeros(1)])
    dense.set_weights([np.array([[4.0]]), np.zeros(1)])
    return model


@pytest.fixture(scope="module")
def models(linear):
    return {"linear": linear, "recurrent": recurrent_model()}


@pytest.fixture
def dashboard(make_dashboard, models):
    return make_dashboard(models, make_dataset(seed=9), tab="Compare")


def test_letters_go_up_for_one_strand_and_pairs_hang_down_for_the_other():
    heights = mirrored_heights(
        as_one_hot(["ACG"])[0], np.array([0.5, -2.0, 1.0]), np.array([3.0, -4.0, 5.0])
    )
    wanted = np.array([[0.5, 0, 0, -5], [0, 2, -4, 0], [0, -3, 1, 0]])
    assert np.array_equal(heights, wanted)


def test_an_unknown_base_draws_nothing():
    heights = mirrored_heights(as_one_hot(["ANC"])[0], np.ones(3), np.ones(3))
    assert not heights[1].any() and heights[0].any()


@pytest.mark.parametrize("method", ["saliency", "input_x_gradient", "in_silico_mutagenesis"])
def test_a_model_that_is_strand_symmetric_mirrors_exactly(make_dashboard, method):
    dashboard = make_dashboard({"symmetric": symmetric_model()}, tab="Compare")
    view = dashboard.view("Compare")
    view.method.value = method
    forward = view.results["symmetric"].forward.importance[0]
    reverse = view.results["symmetric"].reverse.importance[0]
    assert np.allclose(forward, reverse[::-1], atol=1e-5) and np.abs(forward).max() > 1e-3
    heights = mirrored_heights(dashboard.session.one_hot, forward, reverse)
    assert np.allclose(heights, -heights[:, ::-1], atol=1e-5)
    assert re.search(r"strand gap [+-]0\.000 \(S [+-]0\.00\)", html(view))


def test_the_other_strand_is_computed_on_the_reverse_complement(dashboard, models):
    view, sequence = dashboard.view("Compare"), dashboard.session.sequence
    wanted = attribute(
        models["recurrent"], [reverse_complement(sequence)], method="input_x_gradient"
    )
    drawn = view.results["recurrent"].reverse.importance
    assert np.allclose(drawn, wanted.importance, atol=1e-6)
    gap = strand_gap(models["recurrent"], [sequence])
    title = html(view.rows["recurrent"])
    assert f"{float(gap.probabilities[0]):.3f}, reverse complement" in title
    assert f"strand gap {float(gap.probability_gap[0]):+.3f}" in title


def cells(shown: str) -> dict[str, list[str]]:
    rows = re.findall(r"<tr><td>(.*?)</td>(.*?)</tr>", shown)
    return {name: re.findall(r"<td>(.*?)</td>", rest) for name, rest in rows}


@pytest.mark.parametrize("method", ["saliency", "input_x_gradient", "in_silico_mutagenesis"])
def test_the_tables_hold_what_method_agreement_says(dashboard, models, method):
    view, sequence = dashboard.view("Compare"), [dashboard.session.sequence]
    view.method.value = method
    rows = cells(view.tables.value)
    found = {
        name: {key: attribute(model, sequence, method=key) for key in METHODS}
        for name, model in models.items()
    }
    pair = method_agreement(found["linear"][method], found["recurrent"][method])
    share = pair.sign_agreement[0]
    assert rows["linear – recurrent"] == [
        f"{pair.rank_correlation[0]:.2f}",
        "–" if np.isnan(share) else f"{100 * share:.0f} %",
    ]
    for name, by_method in found.items():
        reference = by_method["in_silico_mutagenesis"]
        agreements = [method_agreement(by_method[key], reference) for key in ("saliency", method)]
        wanted = [f"{agreement.rank_correlation[0]:.2f}" for agreement in agreements]
        share = agreements[1].sign_agreement[0]
        wanted.append("–" if method == "saliency" else f"{100 * share:.0f} %")
        assert rows[name][:3] == wanted
        warning = saturation_warnings(by_method["saliency"], by_method["in_silico_mutagenesis"])[0]
        assert ("possibly saturated" in rows[name][3]) == bool(warning)


def test_three_models_agree_where_all_pairs_do(make_dashboard, models):
    three = {**models, "upside down": linear_model(weight=-1.0)}
    dashboard = make_dashboard(three, make_dataset(seed=9), tab="Compare")
    strip = dashboard.view("Compare").agreement.strip.mark.color
    assert np.isclose(strip.min(), -1 / 3, atol=1e-6) and strip.max() <= 0
    dashboard = make_dashboard({"a": linear_model(), "b": linear_model(weight=2.0)}, tab="Compare")
    strip = dashboard.view("Compare").agreement.strip.mark.color
    assert np.isclose(strip.max(), 1.0) and strip.min() >= 0  # pale where a base matters little


def test_saturation_gets_a_badge_and_a_reason(make_dashboard):
    data = SequenceDataset(["ATGATTAGCAATTCAAGTAA"])
    dashboard = make_dashboard({"full": saturated_model(), "linear": linear_model()}, data)
    dashboard.tab = "Compare"
    shown = dashboard.view("Compare").tables.value
    rows = cells(shown)
    assert "flat" in rows["full"][-1] and "none detected" in rows["linear"][-1]
    assert rows["full"][0] == "–" and "hardly depends" in shown


def test_a_single_model_is_compared_with_itself_alone(make_dashboard):
    dashboard = make_dashboard(tab="Compare")
    view = dashboard.view("Compare")
    assert view.strip_box.children == ()
    assert list(cells(view.tables.value)) == ["linear"]


def test_a_model_that_fails_is_told_and_the_others_are_compared(
    make_dashboard, models, monkeypatch
):
    from demo_widgets.dashboard.engine import known_results as results_module

    original = results_module.compute

    def sometimes(request, models, **running):
        if request.model == "recurrent" and request.kind == "strand_gap":
            raise RuntimeError("<b>no memory</b>")
        return original(request, models, **running)

    monkeypatch.setattr(results_module, "compute", sometimes)
    dashboard = make_dashboard(models, tab="Compare")
    shown = html(dashboard.view("Compare"))
    assert "&lt;b&gt;no memory" in shown and "linear</b> · P(bound)" in shown


def test_the_csv_holds_both_strands_in_the_order_of_the_sequence(dashboard):
    view = dashboard.view("Compare")
    values = table(view)
    assert "".join(values["base"]) == dashboard.session.sequence
    reverse = view.results["linear"].reverse.importance[0]
    assert np.allclose(values["linear reverse"], reverse[::-1])


def test_hostile_model_names_stay_text(make_dashboard):
    names = ["<img src=x onerror=alert(1)>", "\"'><script>alert(1)</script>"]
    dashboard = make_dashboard({names[0]: linear_model(), names[1]: saturated_model()})
    dashboard.tab = "Compare"
    shown = html(dashboard.view("Compare"))
    assert "<img" not in shown and "<script" not in shown and "&lt;img" in shown


def test_a_closed_dashboard_leaves_no_track(dashboard):
    view = dashboard.view("Compare")
    left = [view.agreement.figure, view.tracks["linear"].figure, view.tables]
    dashboard.close()
    assert all(widget.comm is None for widget in left)


def test_one_model_alone_has_positions_under_it_and_no_word_of_a_strip(make_dashboard, linear):
    view = make_dashboard({"linear": linear}, tab="Compare").view("Compare")
    (track,) = view.tracks.values()
    assert [axis.label for axis in track.figure.axes] == ["size", "position (bp)"]
    assert "The strip below" not in html(view)


def test_a_long_sequence_is_held_against_mutagenesis_when_asked_for(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(n=1, length=1001, labels=[1]), tab="Compare")
    view = dashboard.view("Compare")
    assert "Against in-silico" not in html(view) and "strand gap" in html(view)
    press(view.every.run_button)
    assert "Against in-silico" in html(view) and view.every.widget.children == ()
    dashboard.session.mutate(3, "A" if dashboard.session.sequence[3] != "A" else "C")
    assert "Against in-silico" not in html(view)
    view.method.value = "in_silico_mutagenesis"
    assert "1,000 bases at most" in html(view) and "strand gap" not in html(view)
    dashboard.window = (10, 60)
    view.method.value = "saliency"
    assert "strand gap" in html(view) and "at most" not in html(view)


def test_all_substitutions_asked_for_in_one_tab_are_known_in_the_other(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(n=1, length=1001, labels=[1]), tab="Compare")
    dashboard.tab = "Mutations"
    press(dashboard.view("Mutations").every.run_button)
    assert "Against in-silico" not in html(dashboard.view("Compare"))
    dashboard.tab = "Compare"
    assert "Against in-silico" in html(dashboard.view("Compare"))
    assert dashboard.view("Compare").every.widget.children == ()
