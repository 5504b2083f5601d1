"""Motifs: what a network looks for, written as matrices and named by JASPAR.

Importing this package loads neither numba nor TensorFlow; the functions do, when called.
"""

from demo_widgets.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "discovery": ["METHODS", "discover_motifs"],
        "format_table": ["FORMATS", "MotifFormat", "register_format"],
        "formats": ["format_motifs", "parse_motifs", "read_motifs", "write_motifs"],
        "jaspar": ["MotifDatabase", "jaspar", "jaspar_releases"],
        "localisation": ["localisation_table"],
        "kernels": ["is_warm", "warm_up"],
        "matching": ["match_motifs"],
        "motif": ["Motif"],
        "pairing": ["align_to"],
        "paper_table": ["paper_table"],
        "scanning": ["scan_sequences"],
    },
)
