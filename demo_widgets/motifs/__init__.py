"""Motifs: what a network looks for, written as matrices and named by JASPAR.

Importing this package loads neither numba nor TensorFlow; the functions do, when called.
"""

from .discovery import METHODS, discover_motifs
from .evaluation import localisation_table
from .formats import format_motifs, parse_motifs, read_motifs, write_motifs
from .jaspar import MotifDatabase, jaspar, jaspar_releases
from .matching import match_motifs
from .motif import Motif
from .pairing import align_to
from .paper_table import paper_table
from .scanning import scan_sequences
from .warmup import is_warm, warm_up

__all__ = [
    "METHODS",
    "Motif",
    "MotifDatabase",
    "align_to",
    "discover_motifs",
    "format_motifs",
    "is_warm",
    "jaspar",
    "jaspar_releases",
    "localisation_table",
    "match_motifs",
    "paper_table",
    "parse_motifs",
    "read_motifs",
    "scan_sequences",
    "warm_up",
    "write_motifs",
]
