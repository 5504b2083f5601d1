"""Deep Motif Dashboard: see which bases make a network predict "bound".

Public names load on first use (PEP 562): ``import demo_widgets`` is instant, and TensorFlow is
imported only when a model is first needed.
"""

from __future__ import annotations

import os

from demo_widgets.lazy import lazy_names

# TensorFlow prints start-up banners on stderr; this limits them to warnings and errors. A user's
# own setting takes precedence, and Python exceptions are unaffected.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "0.2.0"

_PUBLIC = {
    "errors": ["DemoWidgetsError", "DemoWidgetsWarning"],
    "sequences": [
        "SequenceDataset",
        "dinucleotide_shuffle",
        "one_hot_decode",
        "one_hot_encode",
        "read_sequences",
        "reverse_complement",
        "simulate_motif_dataset",
    ],
    "models": [
        "SequenceModel",
        "build_cnn",
        "build_cnn_rnn",
        "build_rnn",
        "evaluate",
        "load_demo",
        "load_model",
        "predict",
        "read_metadata",
        "save_model",
        "train",
    ],
    "interpret": [
        "DesignConstraints",
        "attribute",
        "cluster_restarts",
        "constrained_sequences",
        "greedy_design",
        "in_silico_mutagenesis",
        "integrated_gradients",
        "interpret_to_folder",
        "method_agreement",
        "open_interpretation",
        "optimize_class",
        "pair_mutagenesis",
        "repair",
        "saliency_map",
        "strand_gap",
        "temporal_output_scores",
    ],
    "motifs": [
        "Motif",
        "discover_motifs",
        "jaspar",
        "jaspar_releases",
        "localisation_table",
        "match_motifs",
        "paper_table",
        "read_motifs",
        "scan_sequences",
        "write_motifs",
    ],
    "dashboard": ["MotifDashboard"],
}
__getattr__, __dir__, __all__ = lazy_names(__name__, _PUBLIC)
__all__ = ["__version__", *__all__]
