# make demo: set-up, then the whole job on the built-in model.   make test: set-up, then the tests.
# The set-up wants a Python 3.10-3.12; name one with PYTHON=... when the first that is found is not to be used.
SHELL := /bin/sh
PYTHON ?=
VENV := .venv
VENV_UPSTREAM := .venv-upstream
VENV_DOCS := .venv-docs
# More arguments for pytest, e.g. make test ARGS="tests/decoder -x"
ARGS ?=
# Processes that share the tests, file by file, with one thread each
JOBS ?= 2
# Bytecode is written even where the environment says not to: every process that a test starts would compile torch,
# diffusers and transformers anew, 13 seconds each.
PYTEST = OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(1)/bin/python -m pytest -n $(JOBS) --dist loadfile --max-worker-restart 0 $(ARGS)

.PHONY: help setup demo test lint docs test-upstream lock clean

help:
	@echo "make setup          virtual environment $(VENV) with pinned packages; every other target does it by itself"
	@echo "make demo           from 20 labelled images to a labelled data set and a better model; about 10 minutes on two cores"
	@echo "make test           the tests; make test ARGS='tests/decoder -x' for some"
	@echo "make lint           ruff: style and format; mypy: types"
	@echo "make docs           the documentation, to work_dirs/site/index.html; a dead link or a missing page fails"
	@echo "make test-upstream  the tests with upstream mmengine, mmcv-lite, mmsegmentation and mmdet, in $(VENV_UPSTREAM)"
	@echo "make lock           write requirements/constraints*.txt again (needs uv); ARGS=--upgrade for new versions"

setup:
	@requirements/install.sh $(VENV) requirements/constraints.txt $(PYTHON)

demo: setup
	$(VENV)/bin/python tools/demo.py

test: setup
	$(call PYTEST,$(VENV))

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# An environment of its own: the pages are made from the sources, which need not be installed.
docs: $(VENV_DOCS)/.installed
	NO_MKDOCS_2_WARNING=1 $(VENV_DOCS)/bin/mkdocs build --quiet
	@echo "work_dirs/site/index.html (its search needs a server: python -m http.server -d work_dirs/site)"

$(VENV_DOCS)/.installed: requirements/docs.txt
	@for python in $(PYTHON) python3.11 python3.12 python3.10 python3; do \
	    if $$python -m venv --clear $(VENV_DOCS) 2>/dev/null; then break; fi; done
	$(VENV_DOCS)/bin/pip install --quiet --disable-pip-version-check -r requirements/docs.txt
	@touch $@

test-upstream:
	@requirements/install.sh $(VENV_UPSTREAM) requirements/constraints-upstream.txt $(PYTHON)
	$(call PYTEST,$(VENV_UPSTREAM))

# One set of versions for every supported Python and platform. The upstream set differs by the OpenMMLab family alone.
lock:
	requirements/lock.sh $(ARGS)

clean:
	rm -rf $(VENV) $(VENV_UPSTREAM) $(VENV_DOCS) build *.egg-info mmdatasetdm/.mim
