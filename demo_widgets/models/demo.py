"""The demo: three trained networks and a simulated test set with known sites."""

from __future__ import annotations

from pathlib import Path

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.models.files.keras_archive import load_model
from demo_widgets.models.score import SequenceModel
from demo_widgets.sequences.dataset import SequenceDataset

__all__ = ["load_demo", "DEMO_FOLDER", "DEMO_MODELS"]

DEMO_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "demo"
DEMO_MODELS = {"CNN": "cnn.keras", "RNN": "rnn.keras", "CNN-RNN": "cnn_rnn.keras"}


def load_demo() -> tuple[dict[str, SequenceModel], SequenceDataset]:
    """Load the demo: trained networks and held-out sequences.

    A third of the bound sequences hold a GATA1 site (MA0035.3), a third a TAL1::TCF3 site
    (MA0091.1) and a third one of each, so that a network must learn both motifs. Sites are drawn
    base by base from the matrix, weak ones included, and lie at random places and strands; each
    unbound sequence is a dinucleotide shuffle of a bound one. The planted sites are in ``.truth``.
    All files are built by ``scripts/build_demo_assets.py``.

    Returns
    -------
    models
        ``{"CNN": ..., "RNN": ..., "CNN-RNN": ...}``, each a :class:`SequenceModel`.
    dataset
        500 labelled sequences of 101 bases, half of them bound, with ``.truth``.

    Raises
    ------
    DemoWidgetsError
        If the installed package lacks the files.

    Examples
    --------
    >>> models, data = load_demo()
    >>> predict(models["CNN-RNN"], data[0])
    """
    import pandas as pd

    wanted = [*DEMO_MODELS.values(), "sequences.csv.gz", "truth.csv"]
    missing = [file for file in wanted if not (DEMO_FOLDER / file).is_file()]
    if missing:
        raise DemoWidgetsError(
            f"{DEMO_FOLDER}: lacks {', '.join(missing)}; install demo_widgets again, or in a "
            f"checkout run: python scripts/build_demo_assets.py"
        )
    table = pd.read_csv(DEMO_FOLDER / "sequences.csv.gz", dtype={"name": str, "sequence": str})
    dataset = SequenceDataset(
        table["sequence"].tolist(),
        names=table["name"].tolist(),
        labels=table["label"].to_numpy(),
        metadata=table[["pair"]],
        truth=pd.read_csv(DEMO_FOLDER / "truth.csv"),
        name="simulated GATA1, TAL1 or both",
        source="simulated by scripts/build_demo_assets.py",
    )
    models = {name: load_model(DEMO_FOLDER / file) for name, file in DEMO_MODELS.items()}
    return models, dataset
