"""Build the assets of ``load_demo()``: simulate the data and train the three networks.

Run from a checkout, about eight minutes of one CPU core::

    python scripts/build_demo_assets.py             # or name some: RNN CNN-RNN

Simulation, initial weights and training are seeded: the same versions on the same kind of
processor give the same weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from demo_widgets.models import (
    build_cnn,
    build_cnn_rnn,
    build_rnn,
    evaluate,
    save_model,
    train,
)
from demo_widgets.models.demo import DEMO_FOLDER, DEMO_MODELS
from demo_widgets.sequences import SequenceDataset, concatenate, simulate_motif_dataset

GATA1, TAL1 = "MA0035.3", "MA0091.1"  # TAL1::TCF3; partners in red blood cells
PLANTED = [[GATA1], [TAL1], [GATA1, TAL1]]  # one without the other: networks must learn both
N_EACH, LENGTH, SEED = 3000, 101, 0
N_TEST = [166, 166, 168]  # of each part: 500 in all
BUILD = {"CNN": build_cnn, "RNN": build_rnn, "CNN-RNN": build_cnn_rnn}
EPOCHS = {"CNN": 24, "RNN": 56, "CNN-RNN": 18}  # where each has levelled off


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DEMO_FOLDER, help="folder (%(default)s)")
    parser.add_argument("networks", nargs="*", default=list(DEMO_MODELS), metavar="NETWORK")
    options = parser.parse_args()
    if unknown := set(options.networks) - set(DEMO_MODELS):
        parser.error(f"unknown network {sorted(unknown)}; expected some of {list(DEMO_MODELS)}")

    training, test = simulate()
    options.out.mkdir(parents=True, exist_ok=True)
    write_sequences(test, options.out)
    for name in options.networks:
        model = BUILD[name](seed=SEED)
        history = train(model, training, epochs=EPOCHS[name], seed=SEED)
        scores = evaluate(model, test)
        info = {"data": test.source, "test_fingerprint": test.fingerprint(), "test": scores}
        save_model(model, options.out / DEMO_MODELS[name], info=info)
        print(history)
        print(f"{name}: test AUROC {scores['auroc']:.4f}, accuracy {scores['accuracy']:.3f}")
    size = sum(path.stat().st_size for path in options.out.iterdir())
    print(f"{size / 1e6:.2f} MB in {options.out}")


def simulate() -> list[SequenceDataset]:
    """Return training and test set: thirds with GATA1, TAL1 or both, and their shuffles."""
    parts = []
    for number, (motifs, n_test) in enumerate(zip(PLANTED, N_TEST, strict=True)):
        data = simulate_motif_dataset(motifs, n_sequences=N_EACH, length=LENGTH, seed=SEED + number)
        parts.append(data.split(validation=n_test / N_EACH, seed=SEED))
    return [mix(side) for side in zip(*parts, strict=True)]


def mix(parts: tuple[SequenceDataset, ...]) -> SequenceDataset:
    """Return all sequences in random order, renumbered."""
    ordered = concatenate(parts, renumber=True)
    mixed = ordered[np.random.default_rng(SEED).permutation(len(ordered))]
    mixed.names = ordered.names
    return mixed


def write_sequences(test: SequenceDataset, folder: Path) -> None:
    """Write sequences, labels, pairs and planted sites as CSV, with no time stamp in the gzip."""
    table = test.to_frame()[["name", "sequence", "label", "pair"]]
    table.to_csv(
        folder / "sequences.csv.gz", index=False, compression={"method": "gzip", "mtime": 0}
    )
    test.truth.to_csv(folder / "truth.csv", index=False)


if __name__ == "__main__":
    main()
