"""All substitutions of a long sequence: offered, since they take a while, with time and cancel."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape

import ipywidgets as W

from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.engine.waiting import waiting_words
from demo_widgets.dashboard.parts.elements import button, controls, error_text, info_text
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.errors import Cancelled

__all__ = ["UNASKED", "EverySubstitution", "map_request"]

UNASKED = 1000
"""Bases up to which all substitutions are computed unasked.

The mutants are three a base, and a recurrent network reads each of them to the end: the work
grows with the square of the length.
"""


def map_request(model: str, sequence: str) -> Request:
    """Ask for all substitutions of a sequence."""
    return Request.of("mutagenesis", model, sequence)


class EverySubstitution:
    """A button that computes all substitutions of the current sequence in the background.

    Parameters
    ----------
    state
        The dashboard's state; it keeps the results.
    place
        Title of the tab it is in.
    why
        What they are for, a sentence.

    Attributes
    ----------
    widget : ipywidgets.Widget
        Empty while there is nothing to offer.
    """

    def __init__(self, state: DashboardState, place: str, why: str) -> None:
        self._state, self._why = state, why
        self._slot = f"all substitutions for {place}"
        self._busy = False
        self._offered = True
        self.run_button = button("", "Compute them for every model", self.run, icon="play")
        self.cancel_button = button("Cancel", "Stop; finished models are kept", self.cancel)
        self.cancel_button.icon = "stop"
        self._words = W.HTML()
        self._head = controls(self.run_button, self.cancel_button)
        self.unseen = [self._head, self._words]
        self.widget = W.VBox()

    @property
    def wanted(self) -> bool:
        """Whether the current sequence is long and not all of its substitutions are known."""
        sequence = self._state.sequence
        return len(sequence) > UNASKED and any(
            self._state.results.known(map_request(name, sequence)) is None
            for name in self._state.models
        )

    def offer(self, offered: bool) -> None:
        """Refresh, with nothing to offer unless ``offered``."""
        self._offered = offered
        self.refresh()

    def refresh(self) -> None:
        """Offer what is to be had of the current sequence, or nothing."""
        if self._busy:
            return
        if not (self._offered and self.wanted):
            self.widget.children = ()
            return
        self.run_button.description = f"Compute all {self._state.length:,} bases"
        self.run_button.disabled, self.cancel_button.disabled = False, True
        self._words.value = f'<p class="dw-note">{escape(self._why)}</p>'
        self.widget.children = (self._head, self._words)

    def run(self) -> None:
        """Compute them; does nothing while that is under way."""
        if self._busy or self._state.long.busy(self._slot):
            return
        self._busy = True
        self.run_button.disabled, self.cancel_button.disabled = True, False
        self._words.value = info_text(waiting_words(self._state.long, self._slot))
        sequence = self._state.sequence
        self._state.run_long(
            self._slot, lambda job, tell: self._compute(sequence, job), self._finish
        )

    def cancel(self) -> None:
        """Ask the computation to stop."""
        self._state.cancel_long(self._slot, lambda error: self._finish(None, error))

    def _compute(self, sequence: str, job) -> None:
        state = self._state
        for place, name in enumerate(state.models, 1):
            request = map_request(name, sequence)
            if state.results.known(request) is None:
                tell = self._teller(f"{name} ({place} of {len(state.models)})")
                state.results.compute(request, on_progress=tell, cancel=job.cancel)

    def _teller(self, turn: str) -> Callable[[int, int], None]:
        """What tells how far the mutants of one model are, and how long they will take."""
        began = time.monotonic()

        def tell(done: int, total: int) -> None:
            left = (time.monotonic() - began) * (total - done) / max(done, 1)
            words = f", about {left:.0f} s left for it" if done else ""
            with self._state.paint_lock:
                self._words.value = info_text(
                    f"{turn}: {done:,} of {total:,} mutants scored{words}"
                )

        return tell

    def _finish(self, _, error: Exception | None) -> None:
        self._busy = False
        self.refresh()
        self._state.substitutions += 1
        if error is not None:
            cancelled = isinstance(error, Cancelled)
            self._words.value = info_text("Cancelled.") if cancelled else error_text(error)
