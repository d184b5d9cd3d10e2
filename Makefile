# voxweb: `make run` starts it, `make test` tests it. Neither asks a question or needs root.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NODE = $(shell $(BIN)/python -c 'import pathlib, playwright; print(pathlib.Path(playwright.__file__).parent / "driver" / "node")')

.DEFAULT_GOAL := help
.PHONY: help run test test-python test-js test-services test-browser lint audit messages format bench chaos clean

help:
	@echo "make run    start voxweb on http://localhost:8000 (VOXWEB_PORT for another port)"
	@echo "make test   run every test, the real-browser ones among them"
	@echo "make chaos  break everything on purpose, many times, and write what became of it to var/chaos.md"
	@echo "make lint   check style, types and JavaScript"
	@echo "make bench  measure recognition, fan-out, memory, idling; ends with a soak (half an hour in all)"
	@echo "make audit  ask whether a package in use is known to be vulnerable"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "voxweb needs Python 3.11 or later (Debian: apt install python3 python3-venv)."; exit 1; }
	@echo "Making a virtual environment in $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
	|| { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; } 2>/dev/null \
	|| { rm -rf $(VENV); echo "This Python cannot make virtual environments. On Debian: apt install python3-venv"; exit 1; }

# An installation leaves its record in the environment; the stamp is what make compares.
$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "Installing what voxweb needs ..."
	@$(PIP) install '.[local]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing what voxweb and its tests need ..."
	@$(PIP) install '.[dev]'
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@VOXWEB_DEBUG=$${VOXWEB_DEBUG:-1} exec $(BIN)/python manage.py serve

test: test-python test-services test-js test-browser

# What breaks everything on purpose has the machine to itself; all else shares it, two at a time.
ALONE := tests/chaos tests/keyscan
PYTEST := $(BIN)/python -X dev -m pytest -p no:playwright

test-python: $(VENV)/.dev
	$(PYTEST) $(ALONE)
	$(PYTEST) --numprocesses 2 --ignore=tests/browser $(ALONE:%=--ignore=%)

# The same tests once more on PostgreSQL and Redis, where they answer on this machine; chaos has been there already,
# and what knows no database would say the same again.
WITHOUT_DATABASE := $(addprefix tests/captions/,relay speechserver stt transcripts tts) \
	tests/voxweb tests/test_catalogs.py tests/test_imports.py
test-services: $(VENV)/.dev
	@$(BIN)/python tests/services.py $(PYTEST) --numprocesses 2 --ignore=tests/browser $(patsubst %,--ignore=%,$(ALONE) $(WITHOUT_DATABASE))

test-js: $(VENV)/.dev
	$(NODE) --test "tests/js/**/*.test.js"

# Most of what a browser's test does is wait for a person's pace; those of a file share what they set up.
test-browser: $(VENV)/.dev
	@$(BIN)/python tests/find_browser.py
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/browser

chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings static/js tests/js tests/chaos

audit: $(VENV)/.dev
	$(BIN)/python .ci/audit.py

# Words in other languages: what the sources say comes into the catalogs; then translate, and once more.
messages: $(VENV)/.dev
	$(BIN)/python -m tests.catalogs

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python bench/wer.py
	$(BIN)/python bench/speechserver.py
	$(BIN)/python bench/speaking.py
	$(BIN)/python bench/fanout.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/idle.py
	$(BIN)/python bench/flood.py
	$(BIN)/python bench/paint.py
	$(BIN)/python bench/widget.py
	$(BIN)/python bench/soak.py

clean:
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
