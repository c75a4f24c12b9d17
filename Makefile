PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install demo contract load benchmark test check lock documents

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z.]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.done: requirements.lock pyproject.toml aws_standin/pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . --editable ./aws_standin
	@touch $@

install: .venv/.done  ## make .venv with everything in it

demo: install  ## judge a local stand-in; no AWS account is needed
	$(BIN)/pytest --env local -m live -n 2

contract: install  ## does what is declared make sense? asks nobody
	$(BIN)/pytest

node_modules/.bin/dynalite: package-lock.json
	@sh benchmarks/tools.sh npm:npm
	@node --eval 'process.exit(parseInt(process.versions.node) < 20)' || { echo "Node.js $$(node --version) is too old, 20 or later is needed: https://nodejs.org/en/download"; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

SCALE ?= 0.3
load: install node_modules/.bin/dynalite  ## offer the declared load to dynalite for a minute; no AWS
	$(BIN)/python benchmarks/dynalite.py --seconds 60 --scale $(SCALE)

benchmark: install  ## what a request of the load engine costs, beside locust and wrk
	@sh benchmarks/tools.sh nginx:nginx-light wrk:wrk openssl:openssl taskset:util-linux
	PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python benchmarks/load.py
	PATH="$$PATH:/usr/sbin:/sbin" $(BIN)/python benchmarks/within.py
	$(BIN)/python benchmarks/truth.py

test: check  ## run every test there is
	$(BIN)/pytest
	@# Some tests measure time: what fails beside others is tried once more, alone.
	cd aws_standin && ../$(BIN)/pytest -q
	$(BIN)/pytest -m selftest -n 2 --dist loadfile || $(BIN)/pytest -m selftest --last-failed

check: install  ## format, lint, types, and documents that are generated
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m conformance criteria | diff CRITERIA.md - || { echo "CRITERIA.md is stale: make documents"; exit 1; }

documents: install  ## write the documents that are generated
	$(BIN)/python -m conformance criteria > CRITERIA.md

lock: install  ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --group dev --upgrade pyproject.toml --output-file requirements.lock
