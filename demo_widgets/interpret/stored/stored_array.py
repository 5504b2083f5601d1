"""Description of a stored array: its axes, its unit, and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EFFECTS", "GAPS", "GRADIENT", "IMPORTANCE", "SCORES", "StoredArray"]

_AXES = {"sequence": (), "position": ("position",), "base": ("position", "base")}


@dataclass(frozen=True)
class StoredArray:
    """One array of an interpretation on disk.

    Attributes
    ----------
    name
        Its name in the store.
    per
        Unit with a value: each ``"sequence"``, each ``"position"``, or each possible ``"base"`` of
        a position (order A, C, G, T).
    unit, description
        For people.
    attribute
        Attribute of the result with its values; default its name.
    """

    name: str
    per: str
    unit: str
    description: str
    attribute: str = ""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, ``"sequence"`` first."""
        return ("sequence", *_AXES[self.per])

    def shape(self, n: int, length: int) -> tuple[int, ...]:
        """Shape for ``n`` sequences of ``length`` bases."""
        sizes = {"sequence": n, "position": length, "base": 4}
        return tuple(sizes[axis] for axis in self.axes)


SCORES = (
    StoredArray("probability", "sequence", "probability", "P(target class)", "probabilities"),
    StoredArray(
        "score", "sequence", "class score", "class score, see the model's score_kind", "scores"
    ),
)
IMPORTANCE = StoredArray(
    "importance", "position", "class score", "importance of the observed base; 0 at N"
)
GRADIENT = StoredArray(
    "gradient", "base", "class score", "gradient of the class score at all four bases"
)
GAPS = (
    StoredArray(
        "completeness_gap", "sequence", "class score", "sum of importance minus S(x) - S(reference)"
    ),
    StoredArray(
        "relative_gap", "sequence", "share", "absolute gap divided by |S(x) - S(reference)|"
    ),
)
EFFECTS = StoredArray(
    "effects",
    "base",
    "class score",
    "class score with that base substituted, minus the sequence's",
    "gradient",
)
