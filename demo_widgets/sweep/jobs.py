"""The trainings of a sweep: their inputs and files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from demo_widgets.errors import DemoWidgetsError
from demo_widgets.models.network_table import NETWORKS
from demo_widgets.sweep.factors import Factor

__all__ = ["TrainingJob", "Settings", "folder_name", "jobs_of"]

_FORMAT = 1


@dataclass(frozen=True)
class Settings:
    """Settings shared by all trainings of a sweep.

    Attributes
    ----------
    networks
        Keys of :data:`demo_widgets.models.network_table.NETWORKS`.
    seeds
        Seeds of the initial weights, the split and the shuffling.
    epochs
        Maximum number of epochs of a training.
    interpret
        Whether motifs are extracted from each trained network.
    release
        JASPAR release that the motifs are compared with.

    Raises
    ------
    DemoWidgetsError
        An unknown network, a list that is empty or has duplicates, a seed below 0, or fewer than
        one epoch.
    """

    networks: Sequence[str] = tuple(NETWORKS)
    seeds: Sequence[int] = (0,)
    epochs: int = 40
    interpret: bool = True
    release: str = "JASPAR2024"

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", _several("networks", self.networks))
        object.__setattr__(self, "seeds", _several("seeds", self.seeds))
        unknown = [name for name in self.networks if name not in NETWORKS]
        if unknown:
            raise DemoWidgetsError(
                f"networks: {unknown[0]!r} is not known; choose from {', '.join(NETWORKS)}"
            )
        for seed in self.seeds:
            _whole("seeds", seed, 0)
        _whole("epochs", self.epochs, 1)


def _several(argument: str, values: Any) -> tuple[Any, ...]:
    """Return ``values`` as a tuple that is not empty and has no duplicates."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise DemoWidgetsError(f"{argument}: got {values!r}, expected a list")
    values = tuple(values)
    if not values or len(set(values)) < len(values):
        raise DemoWidgetsError(
            f"{argument}: got {list(values)}, expected at least one, each of them once"
        )
    return values


def _whole(argument: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise DemoWidgetsError(
            f"{argument}: got {value!r}, expected a whole number of at least {least}"
        )


@dataclass(frozen=True)
class TrainingJob:
    """One training, with everything that a worker needs.

    Attributes
    ----------
    factor, network, seed
        The TF, network and seed; ``network`` is a key of the network table.
    train, test, bound_only
        The TF's files; see :class:`~.factors.Factor`.
    train_sha256, test_sha256
        Checksums of the files.
    epochs, interpret, release
        See :class:`Settings`.
    out, sweep
        The sweep's folder, and the id in its ``sweep.json``, so that a worker that cannot see the
        client's folder reports an error instead of writing elsewhere.
    """

    factor: str
    network: str
    seed: int
    train: str
    test: str
    bound_only: bool
    train_sha256: str
    test_sha256: str
    epochs: int
    interpret: bool
    release: str
    out: str
    sweep: str = ""

    @property
    def title(self) -> str:
        """TF, network and seed as text."""
        return f"{self.factor}, {self.network_title}, seed {self.seed}"

    @property
    def network_title(self) -> str:
        """Title of the network."""
        return NETWORKS[self.network].title

    @property
    def folder(self) -> Path:
        """Folder of its files."""
        return (
            Path(self.out)
            / "trainings"
            / folder_name(self.factor)
            / f"{self.network}-seed{self.seed}"
        )

    def recipe(self) -> dict[str, Any]:
        """Everything that the trained network depends on; equal recipes give equal networks."""
        return {
            "format": _FORMAT,
            "network": self.network,
            "seed": self.seed,
            "epochs": self.epochs,
            "training file": self.train_sha256,
            "test file": self.test_sha256,
            "shuffles as unbound": self.bound_only,
        }

    def interpretation_recipe(self) -> dict[str, Any]:
        """Everything that the interpretation depends on: the network, and JASPAR's release."""
        return {**self.recipe(), "release": self.release}

    def key(self) -> str:
        """Name of the task on the scheduler, so that a training never runs twice at once."""
        text = json.dumps(asdict(self), sort_keys=True)
        return f"sweep-{hashlib.sha256(text.encode()).hexdigest()}"


def jobs_of(
    factors: Sequence[Factor], settings: Settings, out: Path
) -> tuple[list[TrainingJob], dict[str, str]]:
    """List the trainings, TF by TF.

    Returns
    -------
    jobs
        Every TF with every network and seed, including unreadable TFs.
    unreadable
        TF -> reason why its files cannot be read.
    """
    jobs, unreadable = [], {}
    for factor in factors:
        try:
            train_sha256, test_sha256 = factor.fingerprints()
        except OSError as error:
            train_sha256 = test_sha256 = ""
            unreadable[factor.name] = f"{error.filename} cannot be read: {error.strerror or error}"
        jobs += [
            TrainingJob(
                factor=factor.name,
                network=network,
                seed=seed,
                train=str(factor.train.resolve()),
                test=str(factor.test.resolve()),
                bound_only=factor.bound_only,
                train_sha256=train_sha256,
                test_sha256=test_sha256,
                epochs=settings.epochs,
                interpret=settings.interpret,
                release=settings.release,
                out=str(out.resolve()),
            )
            for network in settings.networks
            for seed in settings.seeds
        ]
    return jobs, unreadable


def folder_name(name: str) -> str:
    """Return a folder name for ``name`` that is valid in URLs and unique."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:80]
    if plain == name and not name.startswith("."):
        return name
    return f"{plain.strip('._-') or 'tf'}-{hashlib.sha256(_bytes(name)).hexdigest()[:8]}"


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", errors="surrogateescape")
