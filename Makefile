# make demo, make test: everything runs in .venv, which needs no activation.
# Programs are run as modules of .venv's Python, so a tree that was moved or copied still works.

PYTHON ?= python3
VENV ?= .venv
OPEN ?= 1
PY := $(VENV)/bin/python

# One stamp per extra; its name includes the checksum of this folder's path, so that a .venv that
# was copied from elsewhere is installed again for this tree.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
STAMP := $(VENV)/.installed-$(HERE)
NOTEBOOKS = $(wildcard notebooks/*.ipynb)

.PHONY: help demo test lint unit notebooks browser clean

help:
	@echo 'make demo          open the quickstart notebook in JupyterLab'
	@echo 'make demo OPEN=0   the same without a browser: print the URL only'
	@echo 'make test          lint, unit tests, notebooks, and browser tests where a Chromium is found'
	@echo 'make lint | unit | notebooks | browser      one part of make test'
	@echo 'make clean         remove .venv, caches and build files'
	@echo
	@echo 'PYTHON=python3.12 chooses the Python (3.11 or newer) for .venv.'

demo: $(STAMP)-lab
	@$(PY) -m demo_widgets demo $(if $(filter 0,$(OPEN)),--no-browser)

# The parts of a test run are sequential, even with make -j: the browser tests time out
# when they share two cores with TensorFlow.
test: $(STAMP)-test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory notebooks
	@$(MAKE) --no-print-directory browser

lint: $(STAMP)-test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

unit: $(STAMP)-test
	$(PY) -m pytest tests --ignore=tests/browser --numprocesses auto --maxprocesses 4 --dist loadfile

notebooks: $(STAMP)-test
ifneq ($(NOTEBOOKS),)
	$(PY) -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=600 $(NOTEBOOKS)
endif

browser: $(STAMP)-test
	$(PY) -m pytest tests/browser

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis tests/browser/screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is required; choose one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || \
	    { echo "This Python cannot create a virtual environment; on Debian or Ubuntu:" \
	           "apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

$(STAMP)-%: setup.py | $(PY)
	@echo 'Installing demo_widgets into $(VENV) (a few minutes the first time)'
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
