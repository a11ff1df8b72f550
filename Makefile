# Every target installs what it needs: the machine only needs Python 3.11 or later with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
# Tests start hundreds of processes, each of which would compile the same modules.
test prefect properties chaos browser: export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo up test prefect properties chaos soak browser scale lint bench clean

install: $(READY)

# With compat, the command `live-activity` can also import the checkout's flows, which are not in the wheel.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with make PYTHON=...")'
	@test -x $(BIN)/python || { echo "creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing into $(VENV) (once; a minute or two)"
	@{ $(BIN)/python -m pip install --progress-bar off --constraint constraints.txt \
		--config-settings editable_mode=compat --editable '.[dev]'; echo $$? >$(VENV)/.status; } \
		| awk '/^Collecting/ {print "  " $$2; fflush()} /^Installing collected/ {print "  writing them to the disk"; fflush()}'; \
		exit $$(cat $(VENV)/.status)
	@touch $@

demo: $(READY)
	@$(BIN)/python -m deployments.demo

# The ports of the UI and of the sandbox; 0 means a free port: make up PORT=0 SANDBOX_PORT=0
PORT ?= 4200
SANDBOX_PORT ?= 8700

up: $(READY)
	@$(BIN)/python -m deployments.local_stack --port $(PORT) --sandbox-port $(SANDBOX_PORT)

# The slowest tests have targets of their own.
PYTEST_OPTIONS := --dist=worksteal --ignore=tests/chaos --ignore=tests/browser

test: $(READY)
	@$(BIN)/python -m pytest --numprocesses=4 $(PYTEST_OPTIONS) -m 'not prefect'

# Each process starts a Prefect server, and a flow run mostly waits.
prefect: $(READY)
	@$(BIN)/python -m pytest --numprocesses=2 $(PYTEST_OPTIONS) -m prefect

# The property tests with all examples; make test runs a fifth of them.
properties: $(READY)
	@TESTS_EXAMPLES=all $(BIN)/python -m pytest --numprocesses=2 $(PYTEST_OPTIONS) -m many_examples

# Each fault is tried at one place, which CHAOS_SEED chooses; make soak tries all places.
chaos: $(READY)
	@$(BIN)/python -m pytest tests/chaos

# How long make soak plays twenty campaigns after the faults.
SOAK_MINUTES ?= 30

soak: $(READY)
	@CHAOS_SOAK=1 SOAK_MINUTES=$(SOAK_MINUTES) $(BIN)/python -m pytest tests/chaos --capture=no

browser: $(READY)
	@TESTS_BROWSER=required $(BIN)/python -m pytest tests/browser

# Many real workers on this machine: SCALE=small make scale takes some 7 minutes, make scale some 15.
scale: $(READY)
	@$(BIN)/python -m tests.scale

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

# Only the benchmarks need polars, with which staging is compared.
$(VENV)/.bench: $(READY)
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--config-settings editable_mode=compat --editable '.[dev,bench]'
	@touch $@

# Each prints its figures and its goals; a missed goal does not stop the others.
bench: $(VENV)/.bench
	-@$(BIN)/python -m benchmarks.staging 10000000
	-@$(BIN)/python -m benchmarks.staging 10000000 --split 1000
	-@$(BIN)/python -m benchmarks.steering_while_staging
	-@$(BIN)/python -m benchmarks.adding
	-@$(BIN)/python -m benchmarks.large_rehearsal
	-@$(BIN)/python -m benchmarks.feed_to_handoff
	-@$(BIN)/python -m benchmarks.bench_contract
	-@$(BIN)/python -m benchmarks.polling
	-@$(BIN)/python -m benchmarks.bench_many
	-@$(BIN)/python -m benchmarks.task_runs
	-@$(BIN)/python -m benchmarks.sandbox
	-@$(BIN)/python -m benchmarks.bench_rehearsal
	-@$(BIN)/python -m benchmarks.rate_limit
	-@$(BIN)/python -m benchmarks.ledger
	-@$(BIN)/python -m benchmarks.command_latency
	-@$(BIN)/python -m benchmarks.desk

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
