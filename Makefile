# Each target sets up what it needs: Python 3.11+ and make are enough.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# The operating system's certificates: what a company proxy or mirror signs with is known there.
export UV_SYSTEM_CERTS := 1

.PHONY: help setup viewer demo test test-slow search pictures check format bench sweep serve review smoke lock links clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: .venv/ready ## the environment in .venv, from hash-pinned requirements

.venv/ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "image360 needs Python 3.11 or later: make PYTHON=python3.12 setup")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet requirements/dev.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

viewer: setup ## the panorama viewer of the reports, bundled from npm's packages (make demo does it, too)
	$(BIN)/python -m report.viewer

PROJECT_TYPE ?= hybrid
ENGINE ?= auto
SEED ?= 1
SITE ?=
DEPLOY ?= 1
demo: setup ## deploy, upload, approve: out/demo/report.html (SEED=n, SITE=DIR for your own images, DEPLOY=0: call the handlers)
	-@$(BIN)/python -m report.viewer
	$(BIN)/python -m demo --project-type $(PROJECT_TYPE) --engine $(ENGINE) --seed $(SEED) $(if $(SITE),--site "$(SITE)") $(if $(filter 0,$(DEPLOY)),--no-deploy)

test: setup ## all tests but the slow ones
	$(BIN)/python -m pytest -q -n 3 --dist worksteal -m "not slow"

test-slow: setup ## the tests that run the toolkit, a browser or an environment, or take long
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m slow

search: setup ## the property tests on 20 times as many examples, others each time
	$(BIN)/python -m pytest -q -n 2 --dist worksteal --hypothesis-profile=search tests/property

pictures: viewer ## the pictures of the docs, taken anew by the tests
	IMAGE360_PICTURES=docs/pictures $(BIN)/python -m pytest -q -m slow tests/contract/test_review_browser.py tests/contract/test_report_pictures.py

check: setup ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

format: setup ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## benchmarks, never a timed test: bench/results/
	$(BIN)/python -m bench

JOBS ?= 2
sweep: setup ## the faults that prove it: out/sweep/report.html; over an hour (SEED=n, JOBS=n; ARGS="--sample 500")
	$(BIN)/python -m sweep --jobs $(JOBS) --seed $(SEED) $(ARGS)

PORT ?= 8000
serve: setup ## the local CDF with the sample site in it, on 127.0.0.1:PORT
	$(BIN)/python -m demo.serve --port $(PORT) --seed $(SEED) --project-type $(PROJECT_TYPE)

review: setup ## the review app on a local CDF with doubtful items, on 127.0.0.1:8501
	$(BIN)/python -m demo.review --seed $(SEED) --project-type $(PROJECT_TYPE)

YES ?=
smoke: setup ## every endpoint in use, called once on the project of the CDF_* variables (YES=1: do not ask)
	$(BIN)/python -m smoke $(if $(YES),--yes)

# What CDF installs: no hashes, which it may not take, and for the runtime that modules/ names.
FOR_CDF := $(BIN)/uv pip compile --quiet --python-version 3.12 --python-platform linux --constraint requirements/functions.in --no-header --no-annotate pyproject.toml
lock: ## new pins from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/uv.in -o requirements/uv.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras --group dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/deploy.in -o requirements/deploy.txt
	$(FOR_CDF) --extra ocr -o functions/requirements.txt
	$(FOR_CDF) --extra ocr-tiny -o variants/ocr_tiny/requirements.txt
	$(FOR_CDF) -o variants/light/requirements.txt

links: ## the code of each function variant, as links to the files in functions/
	$(PYTHON) -m deploy.variants

clean: ## take away what the targets made
	rm -rf report/panorama/build report/panorama/node_modules .venv out .pytest_cache .ruff_cache .hypothesis
