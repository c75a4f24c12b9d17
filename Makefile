PYTHON ?= python3
BIN := .venv/bin

# uv installs in seconds what pip installs in minutes.
ifneq ($(shell command -v uv),)
VENV := uv venv --quiet --allow-existing --python $(PYTHON) .venv
PIP := uv pip install --quiet --compile-bytecode --python $(BIN)/python
else
VENV := $(PYTHON) -m venv .venv
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
endif

# Tests start hundreds of processes; without a cache each of them compiles every module.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: answers fuzz long policy help install install-core install-load demo contract load benchmark test test-unit check lock documents

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.done: requirements.lock pyproject.toml aws_standin/pyproject.toml
	$(VENV)
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable . --editable ./aws_standin
	@touch $@

install: .venv/.done  ## make .venv with everything in it

# Commands that run in this checkout need no more than their dependencies.
install-core: requirements-core.lock  ## make .venv with what judging and the gate need
	$(VENV)
	$(PIP) --require-hashes --requirement $<

install-load: requirements-load.lock  ## make .venv with what a load needs as well
	$(VENV)
	$(PIP) --require-hashes --requirement $<

demo: install  ## judge a local stand-in; no AWS account is needed
	$(BIN)/pytest --env local -m live -n 2

contract: install  ## check the declared files; asks nobody
	$(BIN)/pytest

node_modules/.bin/dynalite: package-lock.json
	@sh benchmarks/tools.sh npm:npm
	@node --eval 'process.exit(parseInt(process.versions.node) < 20)' || { echo "Node.js $$(node --version) is too old, 20 or later is needed: https://nodejs.org/en/download"; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

SCALE ?= 0.3
load: install node_modules/.bin/dynalite  ## send the declared load to dynalite for a minute; no AWS
	$(BIN)/python benchmarks/dynalite.py --seconds 60 --scale $(SCALE)

benchmark: install  ## measure what a request of the load engine costs, beside locust and wrk
	@sh benchmarks/tools.sh nginx:nginx-light wrk:wrk openssl:openssl taskset:util-linux
	PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python benchmarks/load.py
	PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python benchmarks/within.py
	$(BIN)/python benchmarks/truth.py

# Tests wait for processes more than they compute: three workers keep two cores busy.
test: check contract  ## run every test there is
	cd aws_standin && ../$(BIN)/pytest -q -n 3
	$(BIN)/pytest -m selftest -n 3 --dist loadfile

test-unit: install  ## run the tests of single modules, in less than a minute
	$(BIN)/pytest -m selftest -n 2 tests/selftest/unit

long: install  ## run the self-tests of which make test runs a sample: other kills, signals
	LONG=1 $(BIN)/pytest -m selftest -n 2 --dist loadfile tests/selftest/drills tests/selftest/load tests/selftest/workflows

policy: install  ## run under the printed IAM policies in every form, and without each statement
	LONG=1 $(BIN)/pytest -m selftest -n 2 tests/selftest/policy

fuzz: install  ## draw a hundred times as many items, requests and durations as the tests do
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -m selftest -n 2 tests/selftest/unit/model tests/selftest/unit/load

answers: install  ## change each member of each answer, and write who notices (docs/answers.md)
	$(BIN)/python -m tests.selftest.answers

check: install  ## format, lint, types, and documents that are generated
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m conformance criteria | diff CRITERIA.md - || { echo "CRITERIA.md is stale: make documents"; exit 1; }

documents: install  ## write the documents that are generated
	$(BIN)/python -m conformance criteria > CRITERIA.md

LOCK := $(BIN)/uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11
lock: install  ## renew the lock files; all of them have the same versions
	$(LOCK) --upgrade --extra all --group dev pyproject.toml aws_standin/pyproject.toml --output-file requirements.lock
	$(LOCK) --upgrade --constraint requirements.lock pyproject.toml --output-file requirements-core.lock
	$(LOCK) --upgrade --constraint requirements.lock --extra load pyproject.toml --output-file requirements-load.lock
