"""The edit bar: change bases, undo, redo, and paste a sequence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import ipywidgets as W
from traitlets import Bunch

from demo_widgets.dashboard.engine.freshness import Inquiry
from demo_widgets.dashboard.engine.request import PREDICTION, Answers, Prediction, Request
from demo_widgets.dashboard.page.key_catcher import KeyCatcher
from demo_widgets.dashboard.parts.elements import button, controls, copy_button, error_text
from demo_widgets.dashboard.parts.fields import number, switch
from demo_widgets.dashboard.parts.sequence_box import SequenceBox
from demo_widgets.dashboard.workspace import Workspace
from demo_widgets.errors import DemoWidgetsError

__all__ = ["EditBar"]


class EditBar:
    """Controls for the selected base, undo and redo, with a panel of the edits and the sequence."""

    def __init__(self, workspace: Workspace) -> None:
        self._session, self._engine = workspace.session, workspace.engine
        session = workspace.session
        self._inquiry = Inquiry(self._engine, lambda: (session.subject, session.edits.done))
        self.position = number(
            "Base",
            1,
            1,
            session.length,
            "Position of the selected base; click a track to select",
            "118px",
        )
        self.bases = {
            base: button(
                base, f"Change this base to {base}", partial(self._act, session.mutate, base)
            )
            for base in "ACGT"
        }
        self.restore = button(
            "Restore",
            "Restore the original base (Delete)",
            partial(self._act, session.restore),
        )
        self.undo = button("", "Undo (Ctrl+Z)", session.undo, icon="undo")
        self.redo = button("", "Redo (Ctrl+Y)", session.redo, icon="repeat")
        self.keys = KeyCatcher(
            hint="keys: A C G T  ← →  Del",
            label="Keyboard editing: A, C, G, T set the base, arrows move, Delete restores",
            wanted=[*"acgt", "arrowleft", "arrowright", "delete", "backspace", "home", "end"],
            takes_clicks=True,
        )
        self.keys.on_key(self._take_key)
        self.keys.on_strip(self._take_place)
        self.more = switch(
            "Edits & sequence",
            "List edits and their effects; copy or replace the sequence",
            "pencil",
        )
        self._build_panel()
        self.message = W.HTML()
        self.widget = W.VBox(
            [
                controls(
                    self.position,
                    *self.bases.values(),
                    self.restore,
                    self.undo,
                    self.redo,
                    self.keys,
                    self.more,
                ),
                self.message,
            ]
        )
        self.position.observe(self._take_position, "value")
        self.more.observe(self._show_panel, "value")
        session.observe(lambda _: self._show(), "position")
        session.observe(lambda _: self._take_bases(), "subject")
        self._show()

    @property
    def unseen(self) -> list[W.Widget]:
        """Widgets to close with the bar that may not be on the page."""
        return [self.panel]

    def _build_panel(self) -> None:
        self.table = W.HTML()
        self.text = SequenceBox()
        self.text.on_explore(self._explore)
        self.copy = W.HTML()
        self.panel = W.VBox(
            [
                self.table,
                self.text,
                controls(
                    self.copy,
                    button(
                        "Add as new row",
                        "Add this sequence to the table, with its source's label",
                        lambda: self._attempt(self._session.add_as_row),
                    ),
                    button(
                        "Revert all edits",
                        "Restore the original sequence",
                        self._session.reset_edits,
                    ),
                ),
            ]
        )

    def _take_key(self, key: str) -> None:
        session = self._session
        if key.upper() in self.bases:
            self._act(session.mutate, key.upper())
        elif key in ("delete", "backspace"):
            self._act(session.restore)
        elif key in ("undo", "redo"):
            getattr(session, key)()
        else:
            moves = {"arrowleft": session.position - 1, "arrowright": session.position + 1}
            ends = {"home": 0, "end": session.length - 1}
            wanted = {**moves, **ends}.get(key, session.position)
            session.position = min(max(wanted, 0), session.length - 1)

    def _take_place(self, share: float) -> None:
        """Choose the base that was clicked in the strip, which shows the whole sequence."""
        last = self._session.length - 1
        self._session.position = min(max(int(share * self._session.length), 0), last)

    def _act(self, action: Callable[..., None], *arguments: str) -> None:
        self._attempt(lambda: action(self._session.position, *arguments))

    def _attempt(self, action: Callable[[], None]) -> None:
        """Run ``action``; an error is shown under the bar."""
        try:
            action()
        except DemoWidgetsError as error:
            self.message.value = error_text(error)
        else:
            self.message.value = ""

    def _explore(self, text: str) -> None:
        self._attempt(lambda: self._session.explore(text))

    def _take_position(self, change: Bunch) -> None:
        self._session.position = min(change.new, self._session.length) - 1

    def _take_bases(self) -> None:
        self.message.value = ""
        self._show()
        if self.more.value:
            self._fill_panel()

    def _show(self) -> None:
        session, edits = self._session, self._session.edits
        with self.position.hold_trait_notifications():
            self.position.max = session.length
            self.position.value = session.position + 1
        here = session.sequence[session.position]
        for base, made in self.bases.items():
            made.button_style = "primary" if base == here else ""
        self.restore.disabled = session.position not in edits.edited_positions
        self.undo.disabled, self.redo.disabled = not edits.can_undo, not edits.can_redo

    def _show_panel(self, change: Bunch) -> None:
        bar = self.widget.children[0]
        self.widget.children = (
            (bar, self.message, self.panel) if change.new else (bar, self.message)
        )
        if change.new:
            self._fill_panel()

    def _fill_panel(self) -> None:
        session = self._session
        self.text.value = session.sequence
        self.copy.value = copy_button("Copy sequence", session.sequence)
        versions = [session.edits.original, *(edit.after for edit in session.edits.done)]
        wanted = {
            (name, version): Request.of(PREDICTION, name, version)
            for name in self._engine.models
            for version in dict.fromkeys(versions)
        }
        self._inquiry.fetch("edits", wanted, self._show_edits)

    def _show_edits(self, predictions: Answers[tuple[str, str], Prediction]) -> None:
        self.table.value = self._edit_table(predictions)

    def _edit_table(self, predictions: Answers[tuple[str, str], Prediction]) -> str:
        """Return the table of edits with their change in each model's class score."""
        done = self._session.edits.done
        if not done:
            return '<p class="dw-note">No edits yet: select a base, then press A, C, G or T.</p>'
        names = list(self._engine.models)
        heads = "".join(f"<th>{escape(name)} ΔS</th><th>P(bound)</th>" for name in names)
        lines = []
        for place, edit in enumerate(done, start=1):
            cells = "".join(
                _change_cells(predictions[name, edit.before], predictions[name, edit.after])
                for name in names
            )
            lines.append(f"<tr><td>{place}. {escape(edit.words)}</td>{cells}</tr>")
        if len(done) > 1:
            original, now = self._session.edits.original, done[-1].after
            cells = "".join(
                _change_cells(predictions[name, original], predictions[name, now]) for name in names
            )
            lines.append(f"<tr><td><b>All edits, relative to the original</b></td>{cells}</tr>")
        return (
            '<div class="dw-scroll" style="max-height:210px;overflow-y:auto">'
            f'<table class="dw-table"><tr><th>Edit</th>{heads}</tr>'
            f"{''.join(lines)}</table></div>"
        )


def _change_cells(before: Prediction | Exception, after: Prediction | Exception) -> str:
    if isinstance(before, Exception) or isinstance(after, Exception):
        return "<td>–</td><td>–</td>"
    change = round(after.score - before.score, 2) + 0.0  # -0.001 is shown as 0.00, not -0.00
    return f"<td>{change:+.2f}</td><td>{after.probability:.3f}</td>"
