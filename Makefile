# Everything sets itself up: only python3 (3.11 to 3.13), make and git are needed.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The first Python of a fitting version that can make virtual environments.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo test lint lab record bench examples lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv found; install one (on Debian also" \
		"python3-venv), or say make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "installing into $(VENV) what requirements.lock lists; this happens once"
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## build the recorded incident INC-123; needs no account, server or network beyond the install
	@$(BIN)/timeline demo

test: $(STAMP) ## run all tests; those that need a server run where it is installed
	@$(BIN)/python -m pytest

lint: $(STAMP) ## ruff, mypy, the import rule
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lab: $(STAMP) ## live through a 90-second incident with a real Prometheus and Alertmanager
	@$(BIN)/python -m tests.lab play short $(VENV)/lab-short

record: $(STAMP) ## serve the recorded INC-123 on loopback and collect its evidence bundle anew
	@$(BIN)/python -m tests.lab collect INC-123

bench: $(STAMP) ## score against benchmark cases, where a folder with such cases lies beside
	@for one in tests/bench/*_bench.py; do $(BIN)/python -m tests.bench.$$(basename $$one .py) || exit; done

examples: $(STAMP) ## write examples/ anew with the real command
	@$(BIN)/python -m tests.examples

lock: ## resolve requirements.lock anew (needs uv)
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --all-extras --group dev --group build pyproject.toml -o requirements.lock

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
