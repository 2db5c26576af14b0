# Every target works from a fresh clone, without root, and writes only into this folder.
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install

# The first Python on the PATH that is new enough; set PYTHON to choose another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Some machines say to write no byte code. The tests start some thousand programs, and each would compile the product anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo quick test soak reliability fuzz trials journeys check bench images parts lock clean help

help: ## Say what there is
	@sed -nE 's/^([a-z]+):.* ## (.*)/  make \1\t\2/p' Makefile | expand -t 16

demo: $(VENV)/.runtime ## Try the wizard on a sample model
	@$(BIN)/serving-wizard demo

# Each test says what it needs of the machine; those that need a server, an engine, a browser or a terminal are `live`
# (tests/conftest.py). Many wait for a program that they started, so one more runs than there usually are processors.
# A failure is a failure: nothing is run twice.
PYTEST := $(BIN)/python -m pytest -q --durations=15 --durations-min=5 --dist worksteal
# Random examples of each property: a factor (tests/support/examples.py).
test: export WIZARD_EXAMPLES ?= 0.1
quick: export WIZARD_EXAMPLES ?= 0.05
JOBS ?= 3

quick: check ## Run every test that needs no server, engine, browser or terminal, with fewer random examples
	@$(PYTEST) -n $(JOBS) -m 'not live and not screen' $(PYTEST_ARGS)

test: check ## Run every check and every test this machine has the parts for
	@$(PYTEST) -n $(JOBS) -m 'not live' $(PYTEST_ARGS)
	@$(PYTEST) -n $(JOBS) -m live $(PYTEST_ARGS)

SOAK_MINUTES ?= 60
RELIABILITY_MINUTES ?= 30
reliability: check ## Random signals over trials and crash points over writing, at most RELIABILITY_MINUTES; docs/reliability.md
	@$(BIN)/python tests/reliability.py --minutes $(RELIABILITY_MINUTES)

soak: reliability ## The same, then all tests again and again for SOAK_MINUTES beside a busy program; the first failure ends it
	@$(BIN)/python tests/soak.py $(SOAK_MINUTES)

FUZZ_MINUTES ?= 10
fuzz: $(VENV)/.dev ## Feed each reader what coverage leads to, FUZZ_MINUTES each; what breaks one is kept in .cache/fuzz
	@$(PIP) --require-hashes -r requirements/fuzz.txt
	@$(BIN)/python tests/fuzz.py $(FUZZ_MINUTES)

trials: check ## Run the tables of real trials, in Docker and without it
	@$(BIN)/python -m pytest -q tests/trial $(PYTEST_ARGS)

journeys: check ## Run the journeys in a real terminal, and compare every screen's text
	@$(BIN)/python -m pytest -q tests/e2e tests/goldens $(PYTEST_ARGS)

check: $(VENV)/.dev ## Style, types and layers, in a few seconds
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure start, memory, key to screen and the core against their floor
	@$(BIN)/python benchmarks/run.py

images: ## Build the test images (needs a Docker engine, on Debian)
	@tests/images/build.sh

parts: images $(VENV)/.dev ## The images, TorchServe and llama-server without a container, and Docker Compose 2 for the tests
	@tests/images/native-torchserve.sh
	@tests/images/native-llama-server.sh
	@tests/images/compose.sh

$(VENV)/pyvenv.cfg:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed, and none is on the PATH.' >&2; exit 1; }
	@echo 'Setting up $(VENV) with $(PYTHON); this happens once.'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml requirements/runtime.txt requirements/build.txt | $(VENV)/pyvenv.cfg
	@$(PIP) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.dev: pyproject.toml requirements/dev.txt requirements/build.txt requirements/no-deps.txt | $(VENV)/pyvenv.cfg
	@$(PIP) --require-hashes -r requirements/dev.txt -r requirements/build.txt
	@$(PIP) --require-hashes --no-deps -r requirements/no-deps.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@ $(VENV)/.runtime

# One resolution serves every supported Python and platform: markers choose at installation.
UV ?= uv
COMPILE := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
lock: ## Renew the pinned requirements (needs uv; add UPGRADE=--upgrade for newer releases)
	$(COMPILE) $(UPGRADE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) $(UPGRADE) requirements/build.in -o requirements/build.txt
	$(COMPILE) $(UPGRADE) --extra serve pyproject.toml requirements/dev.in \
		-c requirements/runtime.txt -c requirements/build.txt -o requirements/dev.txt
	$(COMPILE) $(UPGRADE) --no-deps requirements/no-deps.in -o requirements/no-deps.txt
	$(COMPILE) $(UPGRADE) requirements/fuzz.in -o requirements/fuzz.txt
	$(COMPILE) $(UPGRADE) --no-deps requirements/compose.in -o requirements/compose.txt
	$(COMPILE) $(UPGRADE) --no-deps requirements/llama-server.in -o requirements/llama-server.txt

clean: ## Remove what the targets above made
	rm -rf $(VENV) .cache build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
