"""Networks trained on real ENCODE sequences give up their motifs."""

import pytest

from demo_widgets.motifs import discover_motifs, jaspar, match_motifs, paper_table

pytestmark = pytest.mark.slow
ETS = ("ELK", "ETV", "ETS", "ELF", "GABPA", "ERG", "FLI1", "FEV", "ERF")


def trained(build, data, epochs, name):
    from demo_widgets.models import train

    model = build(name=name, seed=0)
    train(model, data, epochs=epochs, seed=0, progress=False)
    return model


@pytest.fixture(scope="module")
def gata1(real_data):
    from demo_widgets.sequences import read_sequences

    folder = real_data / "deepmotif_k562" / "GATA1_K562_GATA-1_USC"
    return read_sequences(folder / "train.fa.gz"), read_sequences(folder / "test.fa.gz")


@pytest.fixture(scope="module")
def gata1_models(gata1):
    from demo_widgets.models import build_cnn, build_cnn_rnn

    return {
        "CNN": trained(build_cnn, gata1[0], 8, "CNN"),
        "CNN-RNN": trained(build_cnn_rnn, gata1[0], 8, "CNN-RNN"),
    }


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["CNN", "CNN-RNN"])
def test_gata1_is_best_or_second_best_match(gata1, gata1_models, name):
    motifs = discover_motifs(gata1_models[name], gata1[0])
    table = match_motifs(motifs[0], jaspar("JASPAR2016"), top=2)
    own = table[table["target"] == "MA0035.3"]
    assert len(own) == 1, table
    assert own["q_value"].iloc[0] < 0.01
    assert motifs[0].n_sites > 1000


@pytest.mark.real_data
def test_the_paper_table_beats_random_windows_on_gata1(gata1, gata1_models):
    table = paper_table(gata1_models, gata1[1], "GATA1", methods=("saliency",), max_sequences=300)
    assert (table["p_hits"] > 2 * table["random_p_hits"]).all()
    assert (table["q_hits"] > 2 * table["random_q_hits"]).all()


@pytest.mark.real_data
def test_an_ets_motif_comes_out_of_elk1(real_data):
    from demo_widgets.models import build_cnn
    from demo_widgets.sequences import read_sequences

    path = real_data / "deepbind_encode" / "ELK1_GM12878_ELK1_(1277-1)_Stanford_AC.seq.gz"
    data = read_sequences(path, negatives="dinucleotide")
    motifs = discover_motifs(trained(build_cnn, data, 5, "CNN"), data)
    best = match_motifs(motifs[0], jaspar("JASPAR2016"), top=1).iloc[0]
    assert best["target_name"].upper().startswith(ETS)
    assert best["q_value"] < 0.01
