"""Readers of sequence files, one file a format, listed in one table.

:data:`READERS` is what ``read_sequences``, streaming and the command line go by. A reader of
your own takes part in all three once it is registered with :func:`register_reader`.
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
