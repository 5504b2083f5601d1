"""The edit bar: change a base and watch every view answer; undo, redo, explore any sequence."""

from __future__ import annotations

from html import escape

import ipywidgets as W

from demo_widgets.dashboard.engine.computations import Request
from demo_widgets.dashboard.page.key_catcher import KeyCatcher
from demo_widgets.dashboard.parts.elements import button, controls, copy_button, error_text
from demo_widgets.dashboard.parts.sequence_box import SequenceBox
from demo_widgets.dashboard.session.state import DashboardState
from demo_widgets.errors import DemoWidgetsError

__all__ = ["EditBar"]


class EditBar:
    """Chosen base, the four letters, undo and redo; a panel with the edits and the sequence."""

    def __init__(self, state: DashboardState) -> None:
        self._state = state
        self.position = W.BoundedIntText(
            value=1,
            min=1,
            max=state.length,
            description="Base",
            tooltip="Position of the chosen base; click a base in a track to choose it",
            layout={"width": "118px"},
            style={"description_width": "initial"},
        )
        self.bases = {
            base: button(base, f"Put {base} here", lambda b=base: self._act(state.mutate, b))
            for base in "ACGT"
        }
        self.restore = button(
            "Restore", "Put the original base back (Delete)", lambda: self._act(state.restore)
        )
        self.undo = button("", "Undo (Ctrl+Z)", state.undo, icon="undo")
        self.redo = button("", "Redo (Ctrl+Y)", state.redo, icon="repeat")
        self.keys = KeyCatcher(
            hint="keys: A C G T  ← →  Del",
            label="Edit by key: A, C, G, T put a base, arrows move, Delete restores",
            wanted=[*"acgt", "arrowleft", "arrowright", "delete", "backspace", "home", "end"],
            takes_clicks=True,
        )
        self.keys.on_key(self._take_key)
        self.keys.on_strip(self._take_place)
        self.more = W.ToggleButton(
            description="Edits & sequence",
            icon="pencil",
            tooltip="The edits so far with their effect, and the sequence to copy or replace",
            layout={"width": "auto"},
        )
        self._build_panel()
        self._message = W.HTML()
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
                self._message,
            ]
        )
        self.position.observe(self._take_position, "value")
        self.more.observe(self._show_panel, "value")
        state.observe(lambda _: self._show(), "position")
        state.observe(lambda _: self._take_bases(), ["sequence_index", "revision"])
        self._show()

    @property
    def unseen(self) -> list[W.Widget]:
        """Widgets to close with the bar that may not be on the page."""
        return [self._panel]

    def _build_panel(self) -> None:
        self._table = W.HTML()
        self.text = SequenceBox()
        self.text.on_explore(self._explore)
        self.copy = W.HTML()
        self._panel = W.VBox(
            [
                self._table,
                self.text,
                controls(
                    self.copy,
                    button(
                        "Add as a new row",
                        "Add this sequence to the table; it keeps the label of its source",
                        lambda: self._attempt(self._state.add_as_row),
                    ),
                    button("Take all back", "Go back to the original", self._state.reset_edits),
                ),
            ]
        )

    def _take_key(self, key: str) -> None:
        state = self._state
        if key.upper() in self.bases:
            self._act(state.mutate, key.upper())
        elif key in ("delete", "backspace"):
            self._act(state.restore)
        elif key in ("undo", "redo"):
            getattr(state, key)()
        else:
            moves = {"arrowleft": state.position - 1, "arrowright": state.position + 1}
            ends = {"home": 0, "end": state.length - 1}
            wanted = {**moves, **ends}.get(key, state.position)
            state.position = min(max(wanted, 0), state.length - 1)

    def _take_place(self, share: float) -> None:
        """Choose the base that was clicked in the strip, which shows the whole sequence."""
        last = self._state.length - 1
        self._state.position = min(max(int(share * self._state.length), 0), last)

    def _act(self, action, *arguments) -> None:
        self._attempt(lambda: action(self._state.position, *arguments))

    def _attempt(self, action) -> None:
        """Do ``action``; what it refuses is said under the bar."""
        try:
            action()
        except DemoWidgetsError as error:
            self._message.value = error_text(error)
        else:
            self._message.value = ""

    def _explore(self, text: str) -> None:
        self._attempt(lambda: self._state.explore(text))

    def _take_position(self, change) -> None:
        self._state.position = min(change.new, self._state.length) - 1

    def _take_bases(self) -> None:
        self._message.value = ""
        self._show()
        if self.more.value:
            self._fill_panel()

    def _show(self) -> None:
        state, edits = self._state, self._state.edits
        with self.position.hold_trait_notifications():
            self.position.max = state.length
            self.position.value = state.position + 1
        here = state.sequence[state.position]
        for base, made in self.bases.items():
            made.button_style = "primary" if base == here else ""
        self.restore.disabled = state.position not in edits.edited_positions
        self.undo.disabled, self.redo.disabled = not edits.can_undo, not edits.can_redo

    def _show_panel(self, change) -> None:
        bar = self.widget.children[0]
        self.widget.children = (
            (bar, self._message, self._panel) if change.new else (bar, self._message)
        )
        if change.new:
            self._fill_panel()

    def _fill_panel(self) -> None:
        state = self._state
        self.text.value = state.sequence
        self.copy.value = copy_button("Copy sequence", state.sequence)
        done = state.edits.done
        versions = [state.edits.original, *(edit.after for edit in done)]
        wanted = {
            (name, version): Request.of("prediction", name, version)
            for name in state.models
            for version in dict.fromkeys(versions)
        }

        def ready(results) -> None:
            if state.edits.done == done:
                self._table.value = self._edit_table({k: results[r] for k, r in wanted.items()})

        state.fetch("edits", list(wanted.values()), ready)

    def _edit_table(self, predictions: dict) -> str:
        """Each edit with the change it made in the class score of each model."""
        done = self._state.edits.done
        if not done:
            return '<p class="dw-note">No edit yet: choose a base, then press A, C, G or T.</p>'
        names = list(self._state.models)
        heads = "".join(f"<th>{escape(name)} ΔS</th><th>P(bound)</th>" for name in names)
        lines = []
        for number, edit in enumerate(done, start=1):
            cells = "".join(
                _change_cells(predictions[name, edit.before], predictions[name, edit.after])
                for name in names
            )
            lines.append(f"<tr><td>{number}. {escape(edit.words)}</td>{cells}</tr>")
        if len(done) > 1:
            original, now = self._state.edits.original, done[-1].after
            cells = "".join(
                _change_cells(predictions[name, original], predictions[name, now]) for name in names
            )
            lines.append(f"<tr><td><b>All, against the original</b></td>{cells}</tr>")
        return (
            '<div class="dw-scroll" style="max-height:210px;overflow-y:auto">'
            f'<table class="dw-table"><tr><th>Edit</th>{heads}</tr>'
            f"{''.join(lines)}</table></div>"
        )


def _change_cells(before, after) -> str:
    if isinstance(before, Exception) or isinstance(after, Exception):
        return "<td>–</td><td>–</td>"
    change = round(after.score - before.score, 2) + 0.0  # a change of -0.001 is no -0.00
    return f"<td>{change:+.2f}</td><td>{after.probability:.3f}</td>"
