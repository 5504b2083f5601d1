"""Motifs written into a network come out of it, and a network that knows none gives none."""

import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from demo_widgets.errors import Cancelled, ModelError, MotifError
from demo_widgets.models import SequenceModel
from demo_widgets.motifs import Motif, discover_motifs, jaspar, match_motifs
from demo_widgets.motifs.discovery import from_filters as filters
from demo_widgets.motifs.discovery.from_class_optimization import informative_stretches

GATA = {"GATA1", "GATA2", "GATA3", "GATA4", "GATA5", "GATA6", "GATA1::TAL1"}


def best_names(motifs, top=1):
    table = match_motifs(list(motifs), jaspar("JASPAR2018"), top=top, max_q_value=0.01)
    return {name.upper() for name in table["target_name"].dropna()}


def test_both_motifs_of_a_two_motif_network_come_out(network_of, two_motif_data):
    model = network_of("MA0035.3", "MA0099.3")
    motifs = discover_motifs(model, two_motif_data, windows_per_sequence=2)
    assert len(motifs) == 2
    names = best_names(motifs)
    assert names & GATA
    assert any("FOS" in name or "JUN" in name for name in names)
    assert all(motif.n_sites > 150 for motif in motifs)


def test_a_motif_the_network_ignores_does_not_come_out(network_of, two_motif_data):
    motifs = discover_motifs(network_of("MA0035.3"), two_motif_data, windows_per_sequence=2)
    assert best_names(motifs) <= GATA and motifs


def test_a_network_that_learnt_nothing_gives_no_motif_and_says_so(blind_network, two_motif_data):
    motifs = discover_motifs(blind_network, two_motif_data, windows_per_sequence=3)
    assert motifs == []
    assert "blind" in " ".join(motifs.report)


def test_sites_are_where_the_motif_was_planted(network_of, two_motif_data):
    (motif,) = discover_motifs(network_of("MA0035.3"), two_motif_data)
    planted = {
        row.sequence_index: row
        for row in two_motif_data.truth.itertuples()
        if row.matrix_id == "MA0035.3"
    }
    right = 0
    for site in motif.sites.itertuples():
        truth = planted.get(site.sequence_index)
        right += truth is not None and site.start < truth.end and site.end > truth.start
        sequence = two_motif_data.sequences[site.sequence_index][site.start : site.end]
        assert len(sequence) == len(motif)
    assert right / len(motif.sites) > 0.8
    assert set(motif.sites["sequence_index"]) <= set(np.flatnonzero(two_motif_data.labels))


def test_the_matrix_is_the_average_of_its_sites(network_of, two_motif_data):
    (motif,) = discover_motifs(network_of("MA0035.3"), two_motif_data)
    counts = np.zeros((len(motif), 4))
    for site in motif.sites.itertuples():
        x = two_motif_data.one_hot[site.sequence_index, site.start : site.end]
        counts += x if site.strand == "+" else x[::-1, ::-1]
    expected = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(motif.frequencies, expected, atol=0.01)


def test_the_same_seed_gives_the_same_motifs(network_of, two_motif_data):
    model = network_of("MA0035.3", "MA0099.3")
    a, b = (discover_motifs(model, two_motif_data, seed=3) for _ in range(2))
    assert [m.consensus for m in a] == [m.consensus for m in b]
    np.testing.assert_array_equal(a[0].frequencies, b[0].frequencies)


@pytest.mark.parametrize("padding", ["same", "valid", "causal"])
def test_filter_motifs_do_not_depend_on_the_padding(network_of, two_motif_data, padding):
    model = network_of("MA0035.3", padding=padding)
    motifs = discover_motifs(model, two_motif_data, "filters", merge=False)
    assert best_names(motifs, top=3) & GATA
    assert {motif.notes["filter"] for motif in motifs} <= {0, 1}
    reference = discover_motifs(network_of("MA0035.3"), two_motif_data, "filters", merge=False)
    assert {m.consensus for m in motifs} == {m.consensus for m in reference}


def test_filters_of_both_strands_are_one_motif(network_of, two_motif_data):
    (motif,) = discover_motifs(network_of("MA0035.3"), two_motif_data, "filters")
    assert sorted(name[-1] for name in motif.notes["merged"]) == ["0", "1"]
    assert set(motif.sites["strand"]) == {"+", "-"}
    assert motif.notes["auroc"] > 0.7


def test_merged_filters_are_ranked_by_the_best_of_their_aurocs():
    """The filter with most sites gives the frame, and another one of its kind the AUROC."""

    def filter_motif(k, site, n, auroc):
        sites = [site] * n
        return Motif.from_sites(f"m filter {k}", sites, notes={"filter": k, "auroc": auroc})

    gata, ap1 = "AGATAAGGC", "TGAGTCACC"
    given = [filter_motif(0, gata, 50, 0.6), filter_motif(1, gata, 20, 0.9)]
    first, second = filters._merge([*given, filter_motif(2, ap1, 90, 0.8)])
    assert (first.notes["filter"], first.notes["auroc"]) == (0, 0.9)
    assert (second.notes["filter"], second.notes["auroc"]) == (2, 0.8)
    assert given[0].notes["auroc"] == 0.6


def test_dead_filters_are_reported(network_of, two_motif_data):
    motifs = discover_motifs(network_of("MA0035.3"), two_motif_data, "filters")
    assert "1 of 3 filters of by-hand are dead" in motifs.report[0]


@pytest.mark.parametrize("padding", ["same", "valid", "causal"])
@pytest.mark.parametrize(
    ("width", "stride", "dilation"), [(5, 1, 1), (4, 1, 1), (5, 2, 1), (3, 1, 2)]
)
@pytest.mark.parametrize("length", [30, 31])
def test_filter_positions_are_those_keras_uses(padding, width, stride, dilation, length):
    """A filter that only answers its first tap shows which base that tap lies on."""
    import keras

    layer = keras.layers.Conv1D(
        1, width, strides=stride, dilation_rate=dilation, padding=padding, use_bias=False
    )
    x = keras.Input((None, 4))
    pooled = keras.layers.GlobalMaxPooling1D()(layer(x))
    model = keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(pooled))
    kernel = np.zeros((width, 4, 1), np.float32)
    kernel[0] = 1
    layer.set_weights([kernel])
    ramp = np.zeros((1, length, 4), np.float32)
    ramp[0, :, 0] = np.arange(1, length + 1)
    filters = SequenceModel(model).filters()
    response = filters.respond(ramp)[0, :, 0]
    starts = filters.starts(np.arange(len(response)), length)
    expected = np.where(starts >= 0, starts + 1, 0)
    np.testing.assert_array_equal(response, expected)


def test_a_network_without_convolution_has_no_filters(two_motif_data):
    from demo_widgets.models import build_rnn

    with pytest.raises(ModelError, match="method='saliency'"):
        discover_motifs(build_rnn(), two_motif_data, "filters")


def test_class_optimization_reads_the_stretches_of_the_optimised_input(network_of, two_motif_data):
    ap1 = jaspar("JASPAR2018", matrix_id="MA0099.3")[0]
    pwm = np.full((3, 60, 4), 0.25)
    for restart, start in enumerate((10, 25, 40)):
        oriented = ap1 if restart < 2 else ap1.reverse_complement()
        pwm[restart, start : start + len(ap1)] = oriented.frequencies
    (motif,) = discover_motifs(
        network_of("MA0099.3"), two_motif_data, "class_optimization", pwm=pwm
    )
    assert motif.n_sites == 3
    assert motif.notes["restarts"] == 3
    assert any("FOS" in name or "JUN" in name for name in best_names([motif]))


@pytest.mark.parametrize("seed", [0, 1])
def test_class_optimization_runs_the_optimiser(network_of, two_motif_data, seed):
    said = []
    motifs = discover_motifs(
        network_of("MA0099.3"),
        two_motif_data,
        "class_optimization",
        restarts=1,
        iterations=20,
        seed=seed,
        on_progress=lambda done, total, message: said.append(message),
    )
    assert all(motif.method == "class_optimization" for motif in motifs)
    assert "optimising the input" in said


def test_a_flat_optimised_input_has_no_stretch():
    assert informative_stretches(np.full((2, 60, 4), 0.25)) == []


def test_temporal_windows_lie_before_the_rise(monkeypatch, two_motif_data):
    """A stand-in for the scores that jumps where a GATA1 site has been read."""
    from demo_widgets.motifs.discovery import from_temporal as temporal

    n, length = 300, two_motif_data.length

    def scores(model, X, **_):
        forward = np.full((len(X), length), 0.1)
        backward = np.full((len(X), length), 0.1)
        for row in two_motif_data.truth.itertuples():
            if row.matrix_id == "MA0035.3" and row.sequence_index in position:
                i = position[row.sequence_index]
                forward[i, row.end - 1 :] = 0.9
                backward[i, : row.start + 1] = 0.9
        return SimpleNamespace(forward=forward, backward=backward)

    bound = np.flatnonzero(two_motif_data.labels == 1)[:n]
    position = {int(index): i for i, index in enumerate(bound)}
    monkeypatch.setattr(temporal, "temporal_output_scores", scores)
    motifs = discover_motifs(SimpleNamespace(name="stub"), two_motif_data, "temporal")
    assert best_names(motifs, top=2) & GATA
    assert {m.method for m in motifs} == {"temporal"}


def test_temporal_scores_need_a_recurrent_network(network_of, two_motif_data):
    with pytest.raises(ModelError, match="no recurrent layer"):
        discover_motifs(network_of("MA0035.3"), two_motif_data, "temporal")


def test_modisco_that_is_missing_says_how_to_install_it(monkeypatch, network_of, two_motif_data):
    monkeypatch.setitem(sys.modules, "modiscolite", None)
    monkeypatch.setitem(sys.modules, "modiscolite.tfmodisco", None)
    with pytest.raises(MotifError, match="pip install modisco-lite"):
        discover_motifs(network_of("MA0035.3"), two_motif_data, "modisco")


@pytest.mark.slow
def test_modisco_finds_the_network_s_motif(network_of, two_motif_data):
    pytest.importorskip("modiscolite", reason="optional: pip install modisco-lite")
    motifs = discover_motifs(network_of("MA0035.3"), two_motif_data, "modisco")
    assert best_names(motifs, top=3) & GATA


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "magic"}, "use one of saliency"),
        ({"restarts": 3}, "has no option 'restarts'; it has attribution"),
        ({"attribution": "magic"}, "use one of saliency"),
    ],
)
def test_an_unknown_method_or_option_is_refused(network_of, two_motif_data, arguments, message):
    with pytest.raises(MotifError, match=message):
        discover_motifs(network_of("MA0035.3"), two_motif_data, **arguments)


def test_a_set_without_bound_sequences_is_refused(network_of, two_motif_data):
    unbound = two_motif_data[two_motif_data.labels == 0]
    with pytest.raises(MotifError, match="no bound sequence"):
        discover_motifs(network_of("MA0035.3"), unbound)


def test_discovery_can_be_cancelled_and_reports_progress(network_of, two_motif_data):
    cancel, seen = threading.Event(), []
    discover_motifs(
        network_of("MA0035.3"), two_motif_data, on_progress=lambda *said: seen.append(said)
    )
    assert [done for done, _, _ in seen] == [0, 1, 2]
    cancel.set()
    with pytest.raises(Cancelled):
        discover_motifs(network_of("MA0035.3"), two_motif_data, cancel=cancel)


@pytest.mark.parametrize(
    ("method", "options", "callee"),
    [
        ("saliency", {"attribution": "in_silico_mutagenesis"}, "in-silico mutagenesis"),
        ("saliency", {"attribution": "integrated_gradients"}, "integrated gradients"),
        ("saliency", {"attribution": "temporal"}, "temporal output scores"),
        ("temporal", {}, "temporal output scores"),
        ("modisco", {"contributions": "in_silico_mutagenesis"}, "in-silico mutagenesis"),
    ],
)
def test_cancelling_stops_the_slow_computation_inside_a_method(
    monkeypatch, two_motif_data, method, options, callee
):
    """The event is set when the method has told that it begins, so only the callee can see it."""
    from demo_widgets.models import build_rnn

    package = SimpleNamespace(TFMoDISco=lambda **_: pytest.fail("it was not cancelled"))
    monkeypatch.setitem(sys.modules, "modiscolite", package)
    monkeypatch.setitem(sys.modules, "modiscolite.tfmodisco", package)
    cancel = threading.Event()
    with pytest.raises(Cancelled, match=f"^{callee}"):
        discover_motifs(
            build_rnn(units=2),
            two_motif_data[:8],
            method,
            on_progress=lambda *said: cancel.set(),
            cancel=cancel,
            **options,
        )


@pytest.mark.parametrize("attribution", ["saliency", "input_x_gradient", "in_silico_mutagenesis"])
def test_motifs_of_windows_tell_which_attribution_picked_them(
    network_of, two_motif_data, attribution
):
    (motif,) = discover_motifs(network_of("MA0035.3"), two_motif_data, attribution=attribution)
    assert motif.name == f"by-hand {attribution} 1"
    assert (motif.method, motif.notes["attribution"]) == ("saliency", attribution)
    assert motif.notes["focus"] > 1


@pytest.mark.parametrize(("most", "told"), [(299, True), (300, False), (301, False)])
def test_only_bound_sequences_that_were_left_out_are_reported(
    monkeypatch, network_of, two_motif_data, most, told
):
    from demo_widgets.motifs.discovery import discover

    monkeypatch.setattr(discover, "MAX_SEQUENCES", most)
    report = discover_motifs(network_of("MA0035.3"), two_motif_data).report
    assert ("only the first 299 of 300 bound sequences were searched" in report) is told
    assert told or not any("only the first" in line for line in report)


def test_the_first_convolution_responds_before_pooling(network_of, two_motif_data):
    filters = SequenceModel(network_of("MA0035.3")).filters()
    out = filters.respond(two_motif_data.one_hot[:2])
    assert out.shape == (2, two_motif_data.length, filters.count)
