"""Packaging of ``demo_widgets``; tool settings are in ``pyproject.toml``."""

import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = re.search(
    r'^__version__ = "([^"]+)"', (HERE / "demo_widgets" / "__init__.py").read_text(), re.M
).group(1)

LAB = ["jupyterlab>=4", "notebook>=7", "voila>=0.5"]
FIGURES = ["typst>=0.13"]
SWEEP = ["dask", "distributed>=2024.12"]
TEST = [
    "html5lib>=1.1",
    "pytest>=8",
    "pytest-xdist>=3.6",
    "nbval>=0.11",
    "hypothesis>=6",
    "playwright>=1.45",
    "ruff==0.17.6",
    "mypy==2.4.1",
    "pandas-stubs==3.1.0.261029",
    "setuptools>=70.1",
]


class BuildWithNotebooks(build_py):
    """Ship ``notebooks/`` inside the package, where ``demo-widgets demo`` finds them."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "demo_widgets", "assets", "notebooks")
            self.mkpath(str(target))
            for notebook in sorted((HERE / "notebooks").glob("*.ipynb")):
                self.copy_file(str(notebook), str(target / notebook.name))


setup(
    name="demo_widgets",
    version=VERSION,
    description="Deep Motif Dashboard: see, in a notebook, why a network predicts “bound”",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["demo_widgets", "demo_widgets.*"]),
    package_data={"demo_widgets": ["py.typed", "assets/*", "assets/*/*"]},
    cmdclass={"build_py": BuildWithNotebooks},
    install_requires=[
        "tensorflow>=2.16",
        "keras>=3.15,<3.16",  # tested with; private API is used in models/anatomy/graph.py
        "numpy",
        "pandas",
        "ipywidgets>=8,<9",
        "bqplot>=0.12.40",
        "anywidget>=0.9",
        "scikit-learn>=1.3",
        "scipy",
        "jinja2>=3.1",
        "pyfaidx",
        "pyjaspar>=3",
        "biopython",
        "memelite",
        "numba>=0.57",
        "tqdm",
        "zarr>=3.1",
    ],
    extras_require={
        "modisco": ["modisco-lite"],
        "figures": FIGURES,
        "lab": LAB + FIGURES,
        "sweep": SWEEP,
        "test": LAB + FIGURES + SWEEP + TEST,
    },
    entry_points={"console_scripts": ["demo-widgets = demo_widgets.cli:main"]},
)
