# One line per thing a person wants. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
FOR ?= 0
NAME ?=
FILE ?=
ARGS ?=
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))

.PHONY: help setup web demo test test-osrm check bench lock chaos fuzz services clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.runtime: requirements.lock pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed as python3." >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || python3 -m venv .venv >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-venv >&2 && python3 -m venv .venv; } || \
	  { echo "Cannot make a virtual environment: on Debian, apt-get install python3-venv." >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.stamp: package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer." >&2; exit 1; }
	npm ci --silent
	@touch $@

api/web/dist/.stamp: node_modules/.stamp $(shell find api -name '*.ts' -o -name '*.css' -o -name '*.mjs' | grep -v /dist/)
	npm run --silent build
	@touch $@

setup: .venv/.dev api/web/dist/.stamp ## install everything the project needs into this folder

web: api/web/dist/.stamp ## bundle the pages' scripts and styles

demo: .venv/.runtime api/web/dist/.stamp ## watch the whole chain live; FOR=60 stops after 60 s and prints figures
	@$(PY) -m api.cli demo --for $(FOR)

services: .venv/.dev ## make the Debian 13 tree with TimescaleDB and Mosquitto (cached), and install Chromium
	@$(PY) deploy/services.py build

# Where an environment forbids Python to keep compiled modules, each process the tests start would compile them again.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/.dev api/web/dist/.stamp services ## run every test on real services
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup -m "not long and not osrm"

test-osrm: .venv/.dev ## plan rounds on a real OSRM, built from a little country of ours (needs root; cached)
	@$(PY) deploy/osrm_server.py build
	$(PY) -m pytest -m osrm tests/osrm

check: .venv/.dev node_modules/.stamp ## lint, types and import arrows
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	npm run --silent check
	$(PY) -m pytest -q tests/test_arrows.py

bench: .venv/.dev api/web/dist/.stamp services ## measure; NAME=ingest for one, all without NAME; FILE=, FILES=, SECONDS=, SEEDS=; ARGS="KEY=VALUE…"
	@$(PY) -m bench $(NAME) $(if $(FILE),file=$(FILE)) $(if $(FILES),'files=$(FILES)') $(if $(SECONDS),seconds=$(SECONDS)) $(if $(SEEDS),seeds=$(SEEDS)) $(ARGS)

chaos: .venv/.dev services ## kill things for half an hour, print a table; GLANEUR_CHAOS_OUTAGE_S=60 shortens it
	$(PY) -m pytest -m long tests/chaos

fuzz: .venv/.dev ## fuzz ingest for ten minutes, or GLANEUR_FUZZ_S seconds
	$(PY) -m pytest -s -m long -k fuzz tests/ingest

lock: ## renew the locked dependencies, with hashes
	uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what this folder's commands made
	rm -rf .venv node_modules api/web/dist .demo dist .pytest_cache .mypy_cache .ruff_cache
