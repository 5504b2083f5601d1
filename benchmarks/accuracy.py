"""Accuracy of the three networks on real ChIP-seq sequences of three TFs, with the same settings.

Trains each network on each TF's training set with the defaults of ``demo_widgets.train``, for
three seeds, and scores it on the test set, one strand and averaged over both. Every training is one
row of ``benchmarks/results/accuracy.csv``; existing rows are not trained again::

    python -m benchmarks.accuracy                # the missing ones of all 27, then the tables
    python -m benchmarks.accuracy --tf GATA1 --network CNN-RNN --seeds 0
    python -m benchmarks.accuracy --tables       # only the tables

The reference is a logistic regression on 6-mer counts of the same training sets. The data folder
is ``--data``, else the environment variable ``DEMO_WIDGETS_DATA``, else ``../shared/data``.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path

import pandas as pd

from demo_widgets import models
from demo_widgets.models.network_table import NETWORKS
from demo_widgets.sequences import SequenceDataset, read_sequences

BUILDERS = {each.title: getattr(models, each.builder) for each in NETWORKS.values()}
"""Title of a network -> function that builds it."""
SIX_MERS = {"GATA1": 0.968, "ELK1": 0.964, "ARID3A": 0.886}
"""AUROC on the test sets of the logistic regression on 6-mer counts, as the data came with it."""
DEEPBIND = {
    "ELK1": "ELK1_GM12878_ELK1_(1277-1)_Stanford",
    "ARID3A": "ARID3A_K562_ARID3A_(sc-8821)_Stanford",
}
RESULTS = Path(__file__).parent / "results" / "accuracy.csv"


def read_sets(folder: Path, tf: str) -> tuple[SequenceDataset, SequenceDataset]:
    """Return training and test set of a TF, with shuffles as unbound sequences if there are
    none."""
    if tf == "GATA1":
        sets = folder / "deepmotif_k562" / "GATA1_K562_GATA-1_USC"
        return read_sequences(sets / "train.fa.gz"), read_sequences(sets / "test.fa.gz")
    stem = folder / "deepbind_encode" / DEEPBIND[tf]
    training = read_sequences(f"{stem}_AC.seq.gz", negatives="dinucleotide", seed=0)
    return training, read_sequences(f"{stem}_B.seq.gz")


def measure(network: str, seed: int, training: SequenceDataset, test: SequenceDataset) -> dict:
    """Train one network; return its scores on the test set."""
    model = BUILDERS[network](seed=seed)
    started = time.perf_counter()
    history = models.train(model, training, seed=seed, progress=False)
    row = {
        "seconds": round(time.perf_counter() - started),
        "epochs": len(history.epochs),
        "best_epoch": history.best_epoch,
    }
    for both in (False, True):
        scores = models.evaluate(model, test, reverse_complement=both)
        for metric in ("auroc", "auprc", "accuracy"):
            row[metric + "_both_strands" * both] = round(scores[metric], 4)
    return row


def tables(rows: pd.DataFrame) -> str:
    """Return AUROC of each TF and network over the seeds as Markdown: mean (lowest-highest,
    seeds)."""
    text = []
    for column, title in (("auroc", "One strand"), ("auroc_both_strands", "Mean of both strands")):
        spread = rows.pivot_table(index="network", columns="tf", values=column, aggfunc=_spread)
        means = rows.pivot_table(index="network", columns="tf", values=column).mean(axis=1)
        spread["mean"] = means.map("{:.4f}".format)
        spread = spread.reindex(index=list(BUILDERS), columns=[*SIX_MERS, "mean"]).astype(object)
        spread.loc["6-mers"] = [*SIX_MERS.values(), f"{sum(SIX_MERS.values()) / 3:.4f}"]
        text.append(f"{title}:\n\n{_markdown(spread)}")
    return "\n\n".join(text)


def _spread(values: pd.Series) -> str:
    if len(values) == 1:
        return f"{values.mean():.4f} (1 seed)"
    return f"{values.mean():.4f} ({values.min():.4f}-{values.max():.4f}, {len(values)} seeds)"


def _markdown(table: pd.DataFrame) -> str:
    lines = [["", *table.columns], ["---"] * (len(table.columns) + 1)]
    lines += [[name, *row] for name, row in zip(table.index, table.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tf", nargs="+", choices=list(SIX_MERS), default=list(SIX_MERS))
    parser.add_argument("--network", nargs="+", choices=list(BUILDERS), default=list(BUILDERS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--data", type=Path, help="folder of the real sequences")
    parser.add_argument("--tables", action="store_true", help="train nothing, print the tables")
    options = parser.parse_args()

    rows = pd.read_csv(RESULTS).to_dict("records") if RESULTS.is_file() else []
    folder = options.data or Path(os.environ.get("DEMO_WIDGETS_DATA", "../shared/data"))
    done = {(row["tf"], row["network"], row["seed"]) for row in rows}
    for seed, tf in itertools.product(options.seeds, options.tf):
        missing = [network for network in options.network if (tf, network, seed) not in done]
        if options.tables or not missing:
            continue
        training, test = read_sets(folder, tf)
        for network in missing:
            row = {"tf": tf, "network": network, "seed": seed}
            rows.append(row | measure(network, seed, training, test))
            RESULTS.parent.mkdir(exist_ok=True)
            pd.DataFrame(rows).to_csv(RESULTS, index=False)
            print(rows[-1], flush=True)
    print(tables(pd.DataFrame(rows)))


if __name__ == "__main__":
    main()
