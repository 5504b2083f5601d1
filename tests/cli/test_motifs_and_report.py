"""``demo-widgets motifs`` and ``report``: files that other programs and people open."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

import demo_widgets as dw

DEMO = Path(dw.__file__).parent / "assets" / "demo"
SEQUENCES = DEMO / "sequences.csv.gz"


def test_motifs_are_written_named_and_drawn(tmp_path, facts):
    out, matches, logos = tmp_path / "m.meme", tmp_path / "m.csv", tmp_path / "logos"
    answer = facts(
        *("motifs", "--models", DEMO / "rnn.keras", "--sequences", SEQUENCES, "--out", out),
        *("--matches", matches, "--logos", logos, "--jaspar", "JASPAR2018", "--top", 2),
    )
    written = dw.read_motifs(out)
    assert len(written) == len(answer["motifs"]) >= 2
    assert [motif["name"] for motif in answer["motifs"]] == [
        f"rnn saliency {rank}" for rank in range(1, len(written) + 1)
    ]
    assert answer["database"].startswith("JASPAR2018")
    table = pd.read_csv(matches)
    assert (table["query"].value_counts() == 2).all()
    best = {motif["matches"][0]["target_name"] for motif in answer["motifs"]}
    assert any("GATA" in name.upper() for name in best) and "TAL1::TCF3" in best
    drawn = sorted(logos.iterdir())
    assert len(drawn) == len(written)
    assert all(ElementTree.parse(path).getroot().tag.endswith("svg") for path in drawn)


def test_models_of_similar_names_do_not_share_a_logo(tmp_path, succeed):
    models = [tmp_path / "a b.keras", tmp_path / "a_b.keras"]
    for model in models:
        model.write_bytes((DEMO / "rnn.keras").read_bytes())
    arguments = ["--models", *models, "--sequences", SEQUENCES, "--out", tmp_path / "m.meme"]
    options = ["--jaspar", "none", "--max-motifs", 1, "--logos", tmp_path / "logos"]
    succeed("motifs", *arguments, *options)
    drawn = sorted(path.name for path in (tmp_path / "logos").iterdir())
    assert drawn == ["a b_saliency_1.svg", "a_b_saliency_1.svg"]


@pytest.mark.parametrize("suffix", [".jaspar", ".transfac"])
def test_motifs_without_a_database_in_other_formats(tmp_path, succeed, suffix):
    out = tmp_path / f"m{suffix}"
    arguments = ["--models", DEMO / "rnn.keras", "--sequences", SEQUENCES, "--out", out]
    words = succeed("motifs", *arguments, "--jaspar", "none", "--max-motifs", 1)
    assert len(dw.read_motifs(out)) == 1
    assert words.startswith(f"Wrote {out}\nrnn saliency 1  ")


def test_no_motif_is_a_failure_and_writes_nothing(tmp_path, models, planted, refused):
    arguments = ["--models", models / "small_rnn.keras", "--sequences", planted]
    message = refused("motifs", *arguments, "--out", tmp_path / "m.meme", code=1)
    assert "no motif was found; small_rnn: " in message
    assert not list(tmp_path.iterdir())


def test_motifs_that_cannot_be_written_or_named_are_refused(tmp_path, models, planted, refused):
    (tmp_path / "logos").write_text("a file")
    common = ["motifs", "--models", models, "--sequences", planted, "--out"]
    for options, words in [
        ([tmp_path / "m.txt"], "expected a name that ends in .meme"),
        ([tmp_path / "m.meme", "--jaspar", "JASPAR1999"], "JASPAR1999"),
        ([tmp_path / "m.meme", "--logos", tmp_path / "logos"], "it is a file"),
        ([tmp_path / "m.meme", "--method", "temporal"], "small_cnn: temporal output scores"),
        (
            [tmp_path / "m.meme", "--jaspar", "none", "--matches", tmp_path / "m.csv"],
            "--matches needs a release",
        ),
    ]:
        assert words in refused(*common, *options)


def report_of(facts, models, planted, out, *options) -> tuple[list[int], str]:
    answer = facts("report", "--models", models, "--sequences", planted, "--out", out, *options)
    return answer["rows"], out.read_text(encoding="utf-8")


def test_a_report_of_chosen_rows(tmp_path, models, planted, facts):
    rows, page = report_of(facts, models, planted, tmp_path / "r.html", "--rows", "7,2-3,2")
    assert rows == [7, 2, 3]
    for number, row in zip((7, 2, 3), rows, strict=True):
        assert f"seq_0000{number}" in page and f'id="sequence-{row}"' in page
    assert "small_cnn" in page and "small_rnn" in page
    assert "seq_00004" not in page


def test_a_report_of_the_highest_predictions_and_of_names(tmp_path, models, planted, facts):
    model = models / "small_cnn.keras"
    rows, _ = report_of(facts, model, planted, tmp_path / "r.html", "--top", "1")
    p = dw.predict(dw.load_model(model), dw.read_sequences(planted))
    assert rows == [int(p.argmax()) + 1]
    rows, _ = report_of(facts, model, planted, tmp_path / "r.html", "--top", "1", "--target", "0")
    assert rows == [int(p.argmin()) + 1]
    rows, _ = report_of(facts, model, planted, tmp_path / "r.html", "--names", "seq_00005")
    assert rows == [5]


def test_sequences_that_are_not_there_are_refused(tmp_path, models, planted, refused, capsys):
    from demo_widgets.cli import main

    common = ["report", "--models", models, "--sequences", planted, "--out", tmp_path / "r.html"]
    assert "there is no row 61" in refused(*common, "--rows", "1,61")
    assert "no sequence is called 'x'" in refused(*common, "--names", "x")
    assert "ends in .html" in refused(*common[:-1], tmp_path / "r.pdf")
    for rows in ("0", "3-1", "a", ""):
        with pytest.raises(SystemExit) as stop:
            main([*map(str, common), "--rows", rows])
        assert stop.value.code == 2 and "is not a row number" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
