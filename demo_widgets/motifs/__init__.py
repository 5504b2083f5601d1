"""Motifs: found in networks, read from files, compared with JASPAR, and scanned for.

Importing this package loads neither numba nor TensorFlow; the functions do, when called.
"""

from typing import TYPE_CHECKING

from demo_widgets.lazy import lazy_names

if TYPE_CHECKING:
    from demo_widgets.motifs.discovery import METHODS as METHODS
    from demo_widgets.motifs.discovery import discover_motifs as discover_motifs
    from demo_widgets.motifs.format_table import FORMATS as FORMATS
    from demo_widgets.motifs.format_table import MotifFormat as MotifFormat
    from demo_widgets.motifs.format_table import register_format as register_format
    from demo_widgets.motifs.formats import format_motifs as format_motifs
    from demo_widgets.motifs.formats import parse_motifs as parse_motifs
    from demo_widgets.motifs.formats import read_motifs as read_motifs
    from demo_widgets.motifs.formats import write_motifs as write_motifs
    from demo_widgets.motifs.jaspar import MotifDatabase as MotifDatabase
    from demo_widgets.motifs.jaspar import jaspar as jaspar
    from demo_widgets.motifs.jaspar import jaspar_releases as jaspar_releases
    from demo_widgets.motifs.kernels import is_warm as is_warm
    from demo_widgets.motifs.kernels import warm_up as warm_up
    from demo_widgets.motifs.localisation import localisation_table as localisation_table
    from demo_widgets.motifs.matching import match_motifs as match_motifs
    from demo_widgets.motifs.motif import Motif as Motif
    from demo_widgets.motifs.pairing import align_to as align_to
    from demo_widgets.motifs.paper_table import paper_table as paper_table
    from demo_widgets.motifs.scanning import scan_sequences as scan_sequences

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
