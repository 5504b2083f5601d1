"""Accuracy of the three networks on real GATA1 ChIP-seq sequences, by the default recipe.

Trains each network on ``train`` with the defaults of ``demo_widgets.train`` and scores it on
``test``, one strand and averaged over both::

    python benchmarks/gata1_accuracy.py                     # all three, about 10 minutes
    python benchmarks/gata1_accuracy.py CNN-RNN --epochs 12

The data folder is ``--data``, else the environment variable ``DEMO_WIDGETS_DATA``, else
``../shared/data``.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from demo_widgets.models import build_cnn, build_cnn_rnn, build_rnn, evaluate, train
from demo_widgets.sequences import read_sequences

NETWORKS = {"CNN": build_cnn, "RNN": build_rnn, "CNN-RNN": build_cnn_rnn}
SET = Path("deepmotif_k562", "GATA1_K562_GATA-1_USC")
COLUMNS = "{:8} {:>4} {:>6} {:>5} {:>7} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), metavar="NETWORK")
    parser.add_argument("--data", type=Path, help="folder of the real sequences")
    parser.add_argument("--epochs", type=int, help="most epochs (default: that of train)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := set(options.networks) - set(NETWORKS):
        parser.error(f"unknown network {sorted(unknown)}; expected some of {list(NETWORKS)}")

    folder = options.data or Path(os.environ.get("DEMO_WIDGETS_DATA", "../shared/data"))
    training = read_sequences(folder / SET / "train.fa.gz")
    test = read_sequences(folder / SET / "test.fa.gz")
    limit = {} if options.epochs is None else {"epochs": options.epochs}
    print(f"train {len(training):,}, test {len(test):,} sequences; rc = mean of both strands")
    heads = "network seed epochs best auroc auprc acc auroc_rc auprc_rc acc_rc seconds"
    print(COLUMNS.format(*heads.split()), flush=True)
    for name in options.networks:
        model = NETWORKS[name](seed=options.seed)
        started = time.perf_counter()
        history = train(model, training, seed=options.seed, progress=False, **limit)
        seconds = time.perf_counter() - started
        scores = [
            f"{evaluate(model, test, reverse_complement=both)[metric]:.4f}"
            for both in (False, True)
            for metric in ("auroc", "auprc", "accuracy")
        ]
        row = (name, options.seed, len(history.epochs), history.best_epoch, *scores)
        print(COLUMNS.format(*row, f"{seconds:.0f}"), flush=True)


if __name__ == "__main__":
    main()
