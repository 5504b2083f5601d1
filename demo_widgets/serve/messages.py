"""What a page may send to its kernel: messages that are whole, and not too many bytes at once."""

from __future__ import annotations

import time

__all__ = ["Allowance", "is_message"]

CHANNELS = (b"shell", b"control", b"stdin")
PARTS = 4
"""Header, parent header, metadata and content; buffers may follow."""


def is_message(frame: str | bytes) -> bool:
    """Return whether ``frame`` is a whole message of the v1 kernel protocol.

    It begins with the number of its offsets and the offsets, in 8 bytes each: of the channel's
    name, of every part, and of the end. Jupyter takes these numbers as they come: a large first
    number, or parts that overlap, would cost memory without a limit.
    """
    if not isinstance(frame, bytes) or len(frame) < 8:
        return False
    count = int.from_bytes(frame[:8], "little")
    if not PARTS + 2 <= count <= len(frame) // 8 - 1:
        return False
    offsets = [int.from_bytes(frame[i : i + 8], "little") for i in range(8, 8 * count + 8, 8)]
    return (
        offsets[0] == 8 * count + 8
        and offsets == sorted(offsets)
        and offsets[-1] == len(frame)
        and frame[offsets[0] : offsets[1]] in CHANNELS
    )


class Allowance:
    """How much a page may send: so much at once, and so much in each second.

    A kernel at work reads nothing, and all that its page sends meanwhile waits in memory.

    Parameters
    ----------
    burst
        Bytes at once.
    rate
        Bytes in each second after that.
    """

    LEAST = 1024
    """What a message counts for at least."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._left = burst
        self._at = time.monotonic()

    def take(self, n_bytes: int) -> float:
        """Count a message of ``n_bytes``; return for how many seconds it has to wait."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        self._left -= max(n_bytes, self.LEAST)
        return max(0.0, -self._left / self._rate)
