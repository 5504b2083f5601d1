"""The dashboard as a whole, without a kernel: laziness, traits, errors, odd data, names."""

from __future__ import annotations

import io
import re

import ipywidgets as W
import keras
import numpy as np
import pytest
import traitlets

import demo_widgets as dw
from demo_widgets.dashboard import MotifDashboard
from demo_widgets.dashboard.engine import dataset_predictions as predictions_module
from demo_widgets.dashboard.engine import known_results as results_module
from demo_widgets.errors import ModelError, SequenceError
from demo_widgets.sequences import SequenceDataset

from .conftest import click, html, linear_model, make_dataset, part, press, receive, saved, table

TABS = ("Predictions", "Saliency", "Temporal", "Class optimization")
HOSTILE = [
    "<script>window.__pwned = 1</script>",
    '<img src=x onerror="window.__pwned = 1">',
    "\"' onmouseover='window.__pwned=1' x=\"",
    "</span></style><svg onload=alert(1)>",
    "javascript:alert(1)",
    "long " * 400,
    "Ωμέγα 测试 🧬 \u202e reversed",
    "&lt;b&gt;",
]


def texts(dashboard) -> str:
    """Every piece of HTML of the dashboard."""
    every = "\n".join(widget.value for widget in held(dashboard) if isinstance(widget, W.HTML))
    return re.sub(r"<style>.*?</style>", "", every, flags=re.DOTALL)


def held(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from held(child)


@pytest.fixture
def computed(monkeypatch) -> list:
    """Kinds of the computations made, in order; whole-dataset predictions as "dataset"."""
    kinds, compute, predict = [], results_module.compute, predictions_module.predict

    def counted(request, models, **running):
        kinds.append(request.kind)
        return compute(request, models, **running)

    def counted_predict(*arguments, **options):
        kinds.append("dataset")
        return predict(*arguments, **options)

    monkeypatch.setattr(results_module, "compute", counted)
    monkeypatch.setattr(predictions_module, "predict", counted_predict)
    return kinds


def test_nothing_is_computed_before_it_is_looked_at(make_dashboard, computed):
    dashboard = make_dashboard()
    assert set(computed) == {"prediction", "dataset"}
    dashboard.tab = "Saliency"
    assert "saliency" in computed and "temporal" not in computed


def test_choosing_another_sequence_computes_only_for_the_open_tab(make_dashboard, computed):
    dashboard = make_dashboard()
    for tab in TABS:
        dashboard.tab = tab
    dashboard.tab = "Predictions"
    computed.clear()
    dashboard.sequence_index = 3
    assert set(computed) == {"prediction"}
    dashboard.tab = "Saliency"
    assert set(computed) == {"prediction", "saliency"}


def test_going_back_to_a_sequence_computes_nothing(make_dashboard, computed):
    dashboard = make_dashboard(tab="Saliency")
    dashboard.sequence_index = 1
    computed.clear()
    dashboard.sequence_index = 0
    dashboard.sequence_index = 1
    assert computed == []


def test_a_hidden_tab_shows_the_current_sequence_when_it_is_opened(make_dashboard):
    data = make_dataset()
    dashboard = make_dashboard(dataset=data, tab="Saliency")
    dashboard.tab = "Predictions"
    dashboard.sequence_index, dashboard.position = 4, 9
    dashboard.tab = "Saliency"
    readout = dashboard.view("Saliency").readout.value
    assert f"Position <b>10</b> · base <b>{data.sequences[4][9]}</b>" in readout


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("sequence_index", 6),
        ("sequence_index", -1),
        ("position", 30),
        ("position", -1),
        ("tab", "Nonsense"),
        ("palette", "rainbow"),
        ("window", (1, 2, 3)),
    ],
)
def test_a_bad_trait_is_refused_and_changes_nothing(make_dashboard, trait, value):
    dashboard = make_dashboard()
    dashboard.sequence_index, dashboard.position, dashboard.window = 2, 7, (3, 20)

    def everything():
        shared = ("sequence_index", "position", "window", "palette")
        return [
            [getattr(holder, name) for name in shared] for holder in (dashboard, dashboard.session)
        ]

    before = everything()
    with pytest.raises(traitlets.TraitError):
        setattr(dashboard, trait, value)
    assert everything() == before
    assert before[0] == before[1]


def test_a_refused_sequence_says_how_many_there_are(make_dashboard):
    with pytest.raises(traitlets.TraitError, match="0 to 5 .*6 sequences.*got 6"):
        make_dashboard().sequence_index = 6


def test_a_window_beyond_the_sequence_is_clipped_in_the_dashboard_too(make_dashboard):
    dashboard = make_dashboard()
    dashboard.window = (-5, 99)
    assert dashboard.window == dashboard.session.window == (0, 30)


def test_traits_can_be_observed(make_dashboard):
    dashboard, seen = make_dashboard(), []
    dashboard.observe(lambda change: seen.append((change.name, change.new)))
    press(next(w for w in held(dashboard) if getattr(w, "tooltip", "") == "Next sequence"))
    receive(part(dashboard, W.Tab), selected_index=1)
    assert ("sequence_index", 1) in seen and ("tab", "Saliency") in seen


def test_the_place_to_start_can_be_given(make_dashboard):
    dashboard = make_dashboard(
        sequence_index=3, position=5, window=(2, 20), tab="Temporal", palette="colour-blind"
    )
    assert (dashboard.sequence_index, dashboard.position, dashboard.window) == (3, 5, (2, 20))
    assert (dashboard.tab, dashboard.palette) == ("Temporal", "colour-blind")


def test_an_unknown_argument_is_refused_by_name(linear):
    with pytest.raises(TypeError, match="'sequence_idx'.*sequence_index"):
        MotifDashboard(linear, make_dataset(), sequence_idx=3)


def test_a_single_model_and_a_list_of_strings_are_taken(make_dashboard, linear):
    dashboard = make_dashboard(linear, ["ACGT" * 5, "TTTT" * 5])
    assert list(dashboard.engine.models) == ["linear"]
    assert "linear" in dashboard.header.scores.value


def nan_model():
    model = linear_model("holey")
    model.layers[-1].set_weights([np.full((4, 2), np.nan, "float32"), np.zeros(2, "float32")])
    return model


def wrong_shape_model():
    import keras

    inputs = keras.Input((20, 5))
    output = keras.layers.Dense(2)(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, output, name="five_letters")


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (lambda: {}, "empty"),
        (lambda: {"A": nan_model()}, "holey.*NaN|NaN.*holey"),
        (lambda: {"A": wrong_shape_model()}, "five_letters.*shape"),
        (lambda: {"A": "CNN"}, "model"),
        (lambda: {"A": None}, "model"),
    ],
)
def test_an_unusable_model_is_refused_at_once_in_words(models, words):
    with pytest.raises(ModelError, match=f"(?is){words}"):
        MotifDashboard(models(), make_dataset())


@pytest.mark.parametrize("dataset", [[], 5, None, ["ACGT", "AC"], ["ACXT"], "ACGT"])
def test_an_unusable_dataset_is_refused_at_once_in_words(linear, dataset):
    with pytest.raises(SequenceError):
        MotifDashboard(linear, dataset)


def break_model(monkeypatch, module, name: str) -> None:
    """Make a computation raise for the model called "broken"."""
    original = getattr(module, name)

    def sometimes(first, *rest, **options):
        model = getattr(first, "model", first)
        if getattr(model, "name", model) == "broken":
            raise RuntimeError("the GPU is <b>on fire</b>")
        return original(first, *rest, **options)

    monkeypatch.setattr(module, name, sometimes)


@pytest.mark.parametrize("tab", ["Predictions", "Saliency", "Temporal"])
def test_an_error_in_a_computation_is_told_in_the_tab_and_other_models_are_drawn(
    make_dashboard, monkeypatch, recurrent, tab
):
    break_model(monkeypatch, results_module, "compute")
    break_model(monkeypatch, predictions_module, "predict")
    dashboard = make_dashboard({"good": recurrent, "broken": linear_model("broken")}, tab=tab)
    shown = "\n".join(w.value for w in held(dashboard.view(tab).widget) if isinstance(w, W.HTML))
    assert "the GPU is &lt;b&gt;on fire&lt;/b&gt;" in shown
    assert "<b>on fire</b>" not in texts(dashboard)
    assert "0." in shown
    assert dashboard.engine.status == ""


def test_a_model_without_a_gradient_has_a_sentence_where_it_has_no_picture(
    make_dashboard, monkeypatch, recurrent
):
    original = results_module.compute

    def by_prediction_alone(request, models, **running):
        needs_gradient = request.kind in ("temporal", "class_optimization") or (
            request.kind == "saliency"
            and ("method", "in_silico_mutagenesis") not in request.options
        )
        if request.model == "function" and needs_gradient:
            raise ModelError("function has no gradient: choose in-silico mutagenesis")
        return original(request, models, **running)

    monkeypatch.setattr(results_module, "compute", by_prediction_alone)
    models = {"function": linear_model(), "network": recurrent}
    dashboard = make_dashboard(models, make_dataset(length=160))
    for tab in ("Saliency", "Temporal", "Compare", "Figure"):
        dashboard.tab = tab
        assert "function has no gradient" in html(dashboard.view(tab)) or tab == "Figure"
    for tab in ("Saliency", "Compare"):
        dashboard.view(tab).method.value = "in_silico_mutagenesis"
        dashboard.tab = tab
        assert list(dashboard.view(tab).good) == ["function", "network"]
    assert "function has no gradient" in dashboard.view("Compare").tables.value
    dashboard.tab = "Mutations"
    assert list(dashboard.view("Mutations").good) == ["function", "network"]
    dashboard.tab = "Class optimization"
    view = dashboard.view("Class optimization")
    view.form.iterations.value, view.form.length.value = 2, 10
    press(view.run_button)
    assert "1 of 2 models failed" in view.job.line.value
    assert "function has no gradient" in html(view) and list(view.optima) == ["network"]
    assert dashboard.engine.status == ""


def test_an_error_in_class_optimization_is_told_in_the_tab(make_dashboard, monkeypatch):
    import demo_widgets.interpret as interpret

    def broken(*arguments, **options):
        raise RuntimeError("no more memory")

    monkeypatch.setattr(interpret, "optimize_class", broken)
    dashboard = make_dashboard(tab="Class optimization")
    view = dashboard.view("Class optimization")
    press(view.run_button)
    assert "no more memory" in texts(dashboard)
    assert "Done" not in view.job.line.value
    assert not view.run_button.disabled and view.job.cancel_button.disabled


def test_a_model_whose_answers_are_not_numbers_is_reported_as_text(make_dashboard):
    import keras

    class Halves(keras.layers.Layer):
        def call(self, x):
            total = keras.ops.sum(x, axis=(1, 2), keepdims=False)[:, None]
            return keras.ops.concatenate([total * 0.0, keras.ops.log(total - 1e9)], axis=1)

    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, Halves()(inputs), name="undefined")
    dashboard = make_dashboard({"undefined": dw.SequenceModel(model, task="multiclass")})
    for tab in TABS[:3]:
        dashboard.tab = tab
    dashboard.sequence_index = 2
    assert "cannot predict" in dashboard.header.scores.value
    assert "of model &#x27;undefined&#x27; is not finite" in dashboard.header.scores.value
    assert "no probability for 6 sequences" in texts(dashboard)


@pytest.mark.parametrize(
    "dataset",
    [
        pytest.param(lambda: make_dataset(labels=None), id="no labels"),
        pytest.param(lambda: make_dataset(labels=np.ones(6, int)), id="one label"),
        pytest.param(lambda: make_dataset(n=1, labels=[0]), id="one sequence"),
        pytest.param(lambda: make_dataset(length=1), id="one base"),
        pytest.param(lambda: make_dataset(length=2), id="two bases"),
        pytest.param(lambda: SequenceDataset(["NNACGTNN", "NNNNNNNN"]), id="unknown bases"),
    ],
)
@pytest.mark.filterwarnings("ignore::demo_widgets.errors.DemoWidgetsWarning")
def test_every_tab_opens_on_odd_data(make_dashboard, recurrent, dataset, tmp_path):
    dashboard = make_dashboard({"recurrent": recurrent}, dataset())
    for tab in TABS:
        dashboard.tab = tab
    for index in range(len(dashboard.session.dataset)):
        dashboard.sequence_index = index
    dashboard.position = dashboard.session.length - 1
    dashboard.view("Class optimization").form.iterations.value = 2
    press(dashboard.view("Class optimization").run_button)
    dashboard.save_html(tmp_path / "page.html")
    assert "dw-error" not in texts(dashboard)
    assert "dw-error" not in (tmp_path / "page.html").read_text().split("</style>")[1]


def test_a_sequence_of_ten_thousand_bases_draws_a_bounded_number_of_points(make_dashboard):
    dashboard = make_dashboard(dataset=make_dataset(n=2, length=10_000), tab="Saliency")
    mark = dashboard.view("Saliency").tracks["linear"].letters.mark
    assert mark.x.shape[1] <= 5 * 1000 + 1
    dashboard.window = (5_000, 5_040)
    assert mark.x.min() > 4_000 and mark.x.max() < 6_000
    assert np.isnan(mark.y).sum() >= 40


def test_hostile_names_are_escaped_in_every_piece_of_html(make_dashboard, recurrent):
    data = make_dataset(n=len(HOSTILE), names=HOSTILE, name=HOSTILE[0])
    models = {HOSTILE[1]: recurrent, HOSTILE[2]: linear_model(), HOSTILE[3]: linear_model()}
    dashboard = make_dashboard(models, data)
    for tab in TABS:
        dashboard.tab = tab
        for index in range(len(data)):
            dashboard.sequence_index = index
    receive(dashboard.header.search, value=HOSTILE[0] + "?")
    dashboard.view("Class optimization").form.iterations.value = 2
    press(dashboard.view("Class optimization").run_button)
    for tab in TABS:
        for control in held(dashboard.view(tab).downloads.widget):
            if isinstance(control, W.Button):
                press(control)
    whole_button = (
        r'<button class="jupyter-button" data-text="[^"<>]*" onclick="[^"<>]*">[^<>]*</button>'
    )
    shown, copies = re.subn(whole_button, "", texts(dashboard))
    assert copies > 0 and "dw-error" not in shown
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!]+)", shown))
    assert tags <= {"span", "b", "p", "div", "table", "tr", "th", "td", "a", "br"}
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', shown))
    assert dashboard.sequence_index == len(data) - 1


def test_the_palette_changes_the_colours_of_all_letters(make_dashboard, recurrent):
    dashboard = make_dashboard({"recurrent": recurrent})
    for tab in TABS:
        dashboard.tab = tab
    dashboard.palette = "colour-blind"
    for tab in TABS:
        dashboard.tab = tab
    for tab in TABS[1:]:
        colours = dashboard.view(tab).tracks["recurrent"].letters.mark.fill_colors
        assert "#cc79a7" in colours, tab
    assert "#cc79a7" in dashboard.header.letters.mark.fill_colors


def test_the_table_keeps_only_what_the_filters_ask_for(make_dashboard):
    data = make_dataset(n=20)
    dashboard = make_dashboard(dataset=data)
    view = dashboard.view("Predictions")
    receive(view.label, index=1)
    assert view.label.value == "bound"
    assert view.table.rows.index.tolist() == np.flatnonzero(data.labels == 1).tolist()
    receive(view.label, index=0)
    receive(view.search, value=data.sequences[7][4:16].lower())
    assert view.table.rows.index.tolist() == [7]
    receive(view.search, value="SEQ_00003")
    assert view.table.rows.index.tolist() == [2]
    receive(view.search, value="(.*")
    assert len(view.table.rows) == 0


def test_the_outcome_filter_agrees_with_the_scores(make_dashboard):
    data = make_dataset(n=20)
    dashboard = make_dashboard(dataset=data)
    view = dashboard.view("Predictions")
    p = dashboard.engine.predictions.probabilities["linear"]
    right = (p >= 0.5) == (data.labels == 1)
    receive(view.outcome, index=1)
    assert view.table.rows.index.tolist() == np.flatnonzero(right).tolist()
    receive(view.outcome, index=2)
    assert view.table.rows.index.tolist() == np.flatnonzero(~right).tolist()


def test_a_click_on_a_base_sets_the_position(make_dashboard):
    dashboard = make_dashboard(tab="Saliency")
    click(dashboard.view("Saliency").tracks["linear"].hover.mark, 12)
    assert dashboard.position == 12


def test_a_hover_over_a_base_reads_out_position_base_and_value(make_dashboard):
    data = make_dataset()
    dashboard = make_dashboard(dataset=data, tab="Saliency")
    view = dashboard.view("Saliency")
    click(view.tracks["linear"].hover.mark, 4, event="hover")
    value = view.results["linear"].importance[0, 4]
    expected = (
        f"Position <b>5</b> · base <b>{data.sequences[0][4]}</b> · linear <b>{value:+.3f}</b>"
    )
    assert expected in view.readout.value


def test_moving_the_window_sends_little_and_computes_nothing(traffic, make_dashboard, computed):
    dashboard = make_dashboard(tab="Saliency")
    traffic.clear()
    computed.clear()
    dashboard.window = (5, 20)
    assert computed == []
    names = {key for _, kind, data in traffic for key in data.get("state", {})}
    assert {"min", "max"} <= names


def test_a_hundred_thousand_sequences_are_filtered_without_waiting(make_dashboard, monkeypatch):
    import time

    monkeypatch.setattr(
        predictions_module, "predict", lambda model, sequences: np.full(len(sequences), 0.7)
    )
    dashboard = make_dashboard(dataset=make_dataset(n=100_000, length=20))
    view, took = dashboard.view("Predictions"), {}
    for what, step in {
        "search": lambda: receive(view.search, value="GATAA"),
        "label": lambda: receive(view.label, index=1),
        "choose": lambda: setattr(dashboard, "sequence_index", 99_999),
    }.items():
        began = time.perf_counter()
        step()
        took[what] = time.perf_counter() - began
    print({what: f"{seconds * 1000:.0f} ms" for what, seconds in took.items()})
    assert max(took.values()) < 10
    assert 0 < len(view.table.rows) < 100_000


def test_a_model_name_with_commas_and_line_breaks_does_not_break_its_files(make_dashboard):
    import csv

    name = 'one, "two"\n>three'
    dashboard = make_dashboard({name: linear_model()}, tab="Class optimization")
    view = dashboard.view("Class optimization")
    view.form.iterations.value, view.form.length.value, view.form.restarts.value = 2, 5, 2
    press(view.run_button)
    rows = list(csv.DictReader(io.StringIO(saved(view.downloads, "CSV")[1].decode())))
    assert [row["model"] for row in rows] == [name] * 5
    assert [row["position"] for row in rows] == list("12345")
    fasta = saved(view.downloads, "FASTA")[1].decode()
    assert [line[0] for line in fasta.splitlines()][::2] == [">", ">"]
    assert len(fasta.splitlines()) == 4


@pytest.mark.parametrize("name", ["name", "label", "bound", "calls", "number"])
def test_a_model_may_be_called_as_a_column_of_the_table(make_dashboard, linear, name):
    dashboard = make_dashboard({name: linear})
    view = dashboard.view("Predictions")
    wanted = dashboard.engine.predictions.probabilities[name]
    np.testing.assert_array_equal(view.table.rows[name], wanted)
    values = table(view)
    np.testing.assert_allclose(values[name], wanted, rtol=1e-6)
    names = list(dashboard.session.dataset.names)
    assert len(values.columns) == 3 and names in values.T.values.tolist()


@pytest.mark.parametrize("outcome", ["correct", "wrong"])
def test_a_model_without_an_answer_is_neither_right_nor_wrong(make_dashboard, linear, outcome):
    class Failing(keras.layers.Layer):
        def call(self, x):
            return x / keras.ops.cast(keras.ops.shape(x)[0] < 2, "float32")

    x = keras.Input((None, 4))
    y = keras.layers.Dense(2, activation="softmax")
    nan = keras.Model(x, y(keras.layers.GlobalAveragePooling1D()(Failing()(x))))
    dashboard = make_dashboard({"linear": linear, "nan": nan})
    assert np.isnan(dashboard.engine.predictions.probabilities["nan"]).all()
    view = dashboard.view("Predictions")
    view.judge.value = "nan"
    view.outcome.value = outcome
    assert len(view.table.rows) == 0
    view.judge.value = "any model"
    p = dashboard.engine.predictions.probabilities["linear"]
    right = (p >= 0.5) == (dashboard.session.dataset.labels == 1)
    assert len(view.table.rows) == (right == (outcome == "correct")).sum()


def test_mutagenesis_of_a_long_sequence_waits_to_be_asked_for(make_dashboard, recurrent, computed):
    data = make_dataset(n=2, length=1001)
    dashboard = make_dashboard({"recurrent": recurrent}, data, tab="Saliency")
    view = dashboard.view("Saliency")
    assert view.every.widget.children == ()
    before = len(computed)
    view.method.value = "in_silico_mutagenesis"
    assert len(computed) == before and "not computed yet" in view.rows["recurrent"].title.value
    assert view.good == {}
    view.every.run_button.click()
    assert "P(bound)" in view.rows["recurrent"].title.value
    assert view.every.widget.children == ()
    dashboard.sequence_index = 1
    assert "not computed yet" in view.rows["recurrent"].title.value
    view.method.value = "saliency"
    assert "P(bound)" in view.rows["recurrent"].title.value
    assert view.every.widget.children == ()
