# Every target sets up what it needs; nothing has to be installed by hand but Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DB ?= backlinks.db
GRAPH ?= backlinks.graphml
SECONDS_EACH ?= 120

.PHONY: crawl demo test lint types check bench fuzz docs clean

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test
	@touch $@

ifdef SEEDS
crawl: $(VENV)/.run
	$(BIN)/backlinks crawl "$(SEEDS)" --db "$(DB)" $(if $(CONTACT),--contact "$(CONTACT)") $(if $(CONFIG),--config "$(CONFIG)")
	$(BIN)/backlinks rank --db "$(DB)"
	$(BIN)/backlinks export "$(GRAPH)" --db "$(DB)"
else
crawl: demo
endif

demo: $(VENV)/.run
	$(BIN)/backlinks demo --db "$(DB)" --export "$(GRAPH)"

test: check

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lint: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.test
	$(BIN)/mypy

$(VENV)/.fuzz: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	@touch $@

fuzz: $(VENV)/.fuzz
	$(BIN)/python -m fuzz --seconds $(SECONDS_EACH) $(TARGETS)

bench: $(VENV)/.test
	$(BIN)/python -m bench $(if $(filter quick,$(BENCH)),--quick)

docs: $(VENV)/.run
	$(BIN)/python -m backlinks.settings_text

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/.cache fuzz/.corpus
