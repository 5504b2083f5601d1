"""The paper's table on real ENCODE sequences: matches of the factor's own JASPAR motif.

Run from the repository root, with the sequences of ``DEMO_WIDGETS_DATA``::

    python benchmarks/paper_table.py --epochs 10 --out paper_table.csv

Trains the three networks on GATA1 (K562) and ELK1 (GM12878), then counts matches of their
windows, and of random windows of the same sequences, at p < 0.05 and q < 0.05.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pandas as pd

from demo_widgets.models import build_cnn, build_cnn_rnn, build_rnn, evaluate, train
from demo_widgets.motifs import paper_table, warm_up
from demo_widgets.sequences import read_sequences

DATA = Path(os.environ.get("DEMO_WIDGETS_DATA", "../shared/data"))
BUILDERS = {"CNN": build_cnn, "RNN": build_rnn, "CNN-RNN": build_cnn_rnn}


def gata1():
    folder = DATA / "deepmotif_k562" / "GATA1_K562_GATA-1_USC"
    return read_sequences(folder / "train.fa.gz"), read_sequences(folder / "test.fa.gz")


def elk1():
    stem = "ELK1_GM12878_ELK1_(1277-1)_Stanford"
    folder = DATA / "deepbind_encode"
    return (
        read_sequences(folder / f"{stem}_AC.seq.gz", negatives="dinucleotide"),
        read_sequences(folder / f"{stem}_B.seq.gz"),
    )


FACTORS = {"GATA1": gata1, "ELK1": elk1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factors", nargs="+", choices=FACTORS, default=list(FACTORS))
    parser.add_argument("--models", nargs="+", choices=BUILDERS, default=list(BUILDERS))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--release", default="JASPAR2016")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the table as CSV")
    arguments = parser.parse_args()
    warm_up(print)
    tables = []
    for factor in arguments.factors:
        training, test = FACTORS[factor]()
        models = {}
        for name in arguments.models:
            models[name] = BUILDERS[name]()
            train(models[name], training, epochs=arguments.epochs, seed=arguments.seed)
            print(factor, name, f"test AUROC {evaluate(models[name], test)['auroc']:.3f}")
        tables.append(paper_table(models, test, factor, arguments.release, seed=arguments.seed))
    table = pd.concat(tables, ignore_index=True)
    print(table.drop(columns=["reason", "release"]).to_string(index=False))
    if arguments.out is not None:
        table.to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
