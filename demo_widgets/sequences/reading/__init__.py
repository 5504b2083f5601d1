"""Readers of sequence files, one module per format, listed in one table.

``read_sequences``, streaming and the command line use :data:`READERS`. :func:`register_reader` adds
a reader to all three.
"""

from typing import TYPE_CHECKING

from demo_widgets.lazy import lazy_names

if TYPE_CHECKING:
    from demo_widgets.sequences.reading.blocks import stream_sequences as stream_sequences
    from demo_widgets.sequences.reading.content import open_text as open_text
    from demo_widgets.sequences.reading.read import read_sequences as read_sequences
    from demo_widgets.sequences.reading.reader_table import READERS as READERS
    from demo_widgets.sequences.reading.reader_table import FileHead as FileHead
    from demo_widgets.sequences.reading.reader_table import Reader as Reader
    from demo_widgets.sequences.reading.reader_table import ReaderOption as ReaderOption
    from demo_widgets.sequences.reading.reader_table import register_reader as register_reader
    from demo_widgets.sequences.reading.records import Records as Records

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "blocks": ["stream_sequences"],
        "content": ["open_text"],
        "read": ["read_sequences"],
        "reader_table": ["READERS", "FileHead", "Reader", "ReaderOption", "register_reader"],
        "records": ["Records"],
    },
)
