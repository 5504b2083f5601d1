"""DNA sequences: one-hot arrays, readers, shuffles and simulation, without TensorFlow.

Names load on first use, so that a command's ``--help`` can list the readers without NumPy.
"""

from typing import TYPE_CHECKING

from demo_widgets.lazy import lazy_names

if TYPE_CHECKING:
    from demo_widgets.sequences.alphabet import reverse_complement as reverse_complement
    from demo_widgets.sequences.coerce import as_one_hot as as_one_hot
    from demo_widgets.sequences.concatenate import concatenate as concatenate
    from demo_widgets.sequences.dataset import SequenceDataset as SequenceDataset
    from demo_widgets.sequences.one_hot import one_hot_decode as one_hot_decode
    from demo_widgets.sequences.one_hot import one_hot_encode as one_hot_encode
    from demo_widgets.sequences.reading import read_sequences as read_sequences
    from demo_widgets.sequences.shuffle import dinucleotide_shuffle as dinucleotide_shuffle
    from demo_widgets.sequences.simulate import simulate_motif_dataset as simulate_motif_dataset

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "alphabet": ["reverse_complement"],
        "coerce": ["as_one_hot"],
        "concatenate": ["concatenate"],
        "dataset": ["SequenceDataset"],
        "one_hot": ["one_hot_decode", "one_hot_encode"],
        "reading": ["read_sequences"],
        "shuffle": ["dinucleotide_shuffle"],
        "simulate": ["simulate_motif_dataset"],
    },
)
