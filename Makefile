# Fresh machine: `make run` and `make test` need only python3 >= 3.11 with pip and venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PARQUET := $(VENV)/.parquet
ARGS ?= demo

.PHONY: run test check bench clean

run: $(READY)
	@$(BIN)/tapetop $(ARGS)

test: $(READY) $(PARQUET)
	$(BIN)/pytest -n auto $(ARGS_TEST)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/tapetop bench $(if $(filter-out demo,$(ARGS)),$(ARGS))

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(READY): pyproject.toml feeds/version.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'tapetop needs Python 3.11 or newer: make run PYTHON=python3.12' >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,png]'
	@touch $@

# Only tests need it, and it is 55 MB to fetch.
$(PARQUET): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pyarrow>=17'
	@touch $@
