# Every command this project has. `make` alone lists them.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
WORKERS ?= 2
ROUNDS ?= 3
BIN := .venv/bin
PIP := .venv/bin/python -m pip --disable-pip-version-check --require-virtualenv
LOCKED := --require-hashes --no-deps --no-input
TESTED := telehealth signaling web tests alembic

# Tests start dozens of servers and workers: what one has compiled the others need not compile again.
test test-nightly check: export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-nightly check format bench bench-fast bench-calls migration lock clean
.DELETE_ON_ERROR:

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: .venv/.installed ## Install, load the demo and serve it on http://127.0.0.1:8000 (PORT=, DATA_DIR=)
	@exec $(BIN)/telehealth demo

demo-reset: .venv/.installed ## The same, beginning anew: the demo's data is thrown away first
	@exec $(BIN)/telehealth demo --reset

test: .venv/.test-installed ## Install what tests need, then run them all (WORKERS=2)
	@$(BIN)/python tests/support/provision.py
	@node --test tests/js/*.test.mjs
	@$(BIN)/python -m pytest -m "not nightly" -n $(WORKERS) --dist loadscope --durations 15

test-nightly: .venv/.test-installed ## The longer profiles: more examples, more rounds
	@$(BIN)/python tests/support/provision.py
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest --timeout 1800 -n $(WORKERS) --dist loadscope --durations 30

check: .venv/.test-installed ## Format, lint, types, import contracts, upkeep tests, pure JavaScript; every test is imported
	@$(BIN)/python tests/support/provision.py
	@$(BIN)/ruff format --check $(TESTED)
	@$(BIN)/ruff check $(TESTED)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@found=$$($(BIN)/python -m pytest -q --collect-only) || { printf '%s\n' "$$found"; exit 1; }
	@$(BIN)/python -m pytest -q tests/upkeep
	@node --test tests/js/*.test.mjs

format: .venv/.test-installed ## Rewrite the code in the house's format
	@$(BIN)/ruff check --fix-only $(TESTED)
	@$(BIN)/ruff format $(TESTED)

bench: .venv/.test-installed ## Measure, each figure as a ratio against a bare baseline of the same run
	@exec $(BIN)/python -m tests.bench

bench-fast: .venv/.test-installed ## The same in about a minute, less exact
	@exec $(BIN)/python -m tests.bench --fast

bench-calls: .venv/.test-installed ## Measure calls on bad links (root; CASES="cut-20 three", ROUNDS=3)
	@$(BIN)/python tests/support/provision.py
	@exec $(BIN)/python -m tests.bench.calls --cases $(CASES) --rounds $(ROUNDS)

migration: .venv/.test-installed ## Write a migration from the models: make migration NAME="add wards"
	@test -n "$(NAME)" || { echo 'Say what it does: make migration NAME="add wards"' >&2; exit 2; }
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && export TELEHEALTH_DATA_DIR="$$scratch" && \
	  $(BIN)/alembic upgrade head && $(BIN)/alembic revision --autogenerate -m "$(NAME)"

lock: ## Resolve the dependencies anew into the two lock files (needs uv)
	@uv pip compile -q $(RESOLVE) pyproject.toml -o requirements.lock
	@uv pip compile -q $(RESOLVE) --extra test pyproject.toml -o requirements-test.lock

clean: ## Remove the virtual environment and every cache; data under var/ stays
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
	@find telehealth signaling web tests alembic -name __pycache__ -type d -prune -exec rm -rf {} +

RESOLVE := --universal --python-version 3.11 --group build \
  --generate-hashes --no-emit-index-url --no-header --no-annotate

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed; none was found. Install it, or name it: make demo PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed; $(PYTHON) is older or does not run.' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo 'Python has no venv module here. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Creating a virtual environment in .venv'
	@"$(PYTHON)" -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo 'Installing from requirements.lock: about 100 MB, a minute or two the first time'
	@$(PIP) install $(LOCKED) -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@

.venv/.test-installed: requirements-test.lock .venv/.installed
	@echo 'Installing what tests and checks need from requirements-test.lock'
	@$(PIP) install $(LOCKED) -r requirements-test.lock
	@touch $@
