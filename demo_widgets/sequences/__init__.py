"""DNA in and out: one-hot arrays, readers, shuffles and simulation. NumPy, no TensorFlow."""

from demo_widgets.sequences.alphabet import reverse_complement
from demo_widgets.sequences.coerce import as_one_hot
from demo_widgets.sequences.concatenate import concatenate
from demo_widgets.sequences.dataset import SequenceDataset
from demo_widgets.sequences.one_hot import one_hot_decode, one_hot_encode
from demo_widgets.sequences.reading import read_sequences
from demo_widgets.sequences.shuffle import dinucleotide_shuffle
from demo_widgets.sequences.simulate import simulate_motif_dataset

__all__ = [
    "SequenceDataset",
    "as_one_hot",
    "concatenate",
    "dinucleotide_shuffle",
    "one_hot_decode",
    "one_hot_encode",
    "read_sequences",
    "reverse_complement",
    "simulate_motif_dataset",
]
