"""Content of a served page: the models of a folder on the sequences of a file."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_widgets.errors import DemoWidgetsError, DemoWidgetsWarning, ModelError
from demo_widgets.files import visible_files

if TYPE_CHECKING:
    from demo_widgets.dashboard.motif_dashboard import MotifDashboard
    from demo_widgets.sequences import SequenceDataset

__all__ = ["DashboardPage", "Summary", "show"]


@dataclass(frozen=True)
class Summary:
    """Summary of a page.

    Attributes
    ----------
    title : str
        Name of the dataset.
    models : list of str
        Names of the models.
    n_sequences : int
        Number of sequences.
    remarks : list of str
        Warnings from reading the files.
    """

    title: str
    models: list[str]
    n_sequences: int
    remarks: list[str]


@dataclass(frozen=True)
class DashboardPage:
    """Paths of the page's models and sequences; stored as JSON next to the served notebook.

    Attributes
    ----------
    models : str
        Folder of ``*.keras`` files; a model's name is its file's stem.
    sequences : str
        File that ``read_sequences`` reads.
    genome : str, optional
        Genome FASTA, for BED and narrowPeak files.
    tab : str, optional
        Title of the tab to open first, in any case.
    target : int, optional
        Output unit of every model that means bound, from 0; as for ``MotifDashboard``.
    """

    models: str
    sequences: str
    genome: str | None = None
    tab: str | None = None
    target: int | None = None

    def save(self, path: Path) -> None:
        """Write the page as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="ascii")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> DashboardPage:
        """Read a page that :meth:`save` wrote."""
        return cls(**json.loads(Path(path).read_text(encoding="ascii")))

    def model_files(self) -> list[Path]:
        """Return the ``*.keras`` files of the folder, by name.

        Raises
        ------
        ModelError
            The folder does not exist, or contains none.
        """
        folder = Path(self.models)
        if not folder.is_dir():
            raise ModelError(f"{folder} is not a folder; give the folder that holds the models")
        files = visible_files(folder, ".keras")
        if not files:
            raise ModelError(
                f"{folder} holds no .keras file; save models there with demo_widgets.save_model, "
                "or give another folder"
            )
        return files

    def dataset(self) -> SequenceDataset:
        """Read the sequences.

        Raises
        ------
        ReadError
            The sequences or the genome cannot be read.
        """
        from demo_widgets.sequences import read_sequences

        return read_sequences(self.sequences, genome=self.genome)

    def dashboard(self, dataset: SequenceDataset) -> MotifDashboard:
        """Load the models and return the ``MotifDashboard`` of ``dataset``.

        Raises
        ------
        DemoWidgetsError
            A model or the tab cannot be used; the message says why.
        """
        files = self.model_files()
        import demo_widgets as dw

        titles = {title.casefold(): title for title in dw.MotifDashboard.tab.values}
        tab = titles.get((self.tab or next(iter(titles))).casefold())
        if tab is None:
            raise DemoWidgetsError(
                f"there is no tab {self.tab!r}; expected one of {', '.join(titles.values())}"
            )
        from demo_widgets.models.files.target_check import check_target

        models = {file.stem: dw.load_model(file) for file in files}
        for file in files:
            check_target(models[file.stem], file, self.target)
        return dw.MotifDashboard(models, dataset, tab=tab, target=self.target)

    def check(self) -> Summary:
        """Build the dashboard once to check it, close it, and return its summary.

        Raises
        ------
        DemoWidgetsError
            As :meth:`dataset` and :meth:`dashboard`.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DemoWidgetsWarning)
            dataset = self.dataset()
        remarks = [str(w.message) for w in caught if issubclass(w.category, DemoWidgetsWarning)]
        dashboard = self.dashboard(dataset)
        dashboard.close()
        dashboard.wait()
        return Summary(
            title=str(dataset.name),
            models=list(dashboard.engine.models),
            n_sequences=len(dataset),
            remarks=remarks,
        )


def show(path: str | os.PathLike[str]) -> Any:
    """Return the widget of the page written at ``path``; an error is shown on the page.

    The files were checked before the server started; they may have changed since.
    """
    try:
        page = DashboardPage.load(path)
        return page.dashboard(page.dataset())
    except DemoWidgetsError as error:
        import ipywidgets

        return ipywidgets.HTML(f'<p role="alert">{escape(str(error))}</p>')
