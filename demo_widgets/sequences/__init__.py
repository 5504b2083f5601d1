"""DNA in and out: one-hot arrays, readers, shuffles and simulation. NumPy, no TensorFlow."""

from .alphabet import reverse_complement
from .coerce import as_one_hot
from .concatenate import concatenate
from .dataset import SequenceDataset
from .one_hot import one_hot_decode, one_hot_encode
from .reading import read_sequences
from .shuffle import dinucleotide_shuffle
from .simulate import simulate_motif_dataset

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
