# What people type. Each target does its own set-up: uv, Python packages, Mosquitto.
.PHONY: help setup demo test train-test teach-figures docs site lint screenshots bench soak broker-test compose-test clean

ITEMS ?=
RATE ?= 1
MINUTES ?= 30
KIND ?= chaos
# One test more than there are cores: many wait for what real processes do.
WORKERS ?= $(shell expr $$(nproc) + 1)
PYTHON ?= python3
COMPOSE ?= docker compose -p okko-test
BROKER_IMAGE ?= eclipse-mosquitto:2

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install what is missing: uv, Mosquitto, the Python packages
	@PYTHON=$(PYTHON) sh tools/setup

demo: setup  ## the duck line, whole, on this machine (ITEMS=200 ends after 200 items; RATE=5: five a second)
	@.venv/bin/okko demo stations/ducks --rate $(RATE) $(if $(ITEMS),--items $(ITEMS))

test:  ## lint, types, all tests (installs jq, openssl, strace, Chromium and Node.js too; WORKERS=0: one test after the other)
	@PYTHON=$(PYTHON) sh tools/setup test
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal

train-test: setup  ## the tests that need PyTorch: teach, convert, quantise (.venv-train, 2 GB)
	@PYTHON=$(PYTHON) sh tools/setup-train
	@.venv-train/bin/python -m pytest tests/train

teach-figures: setup  ## what teaching from good parts finds, on the sets of pictures that are there (SETS="ducks")
	@.venv/bin/python -m training.measure_teaching $(SETS)

docs: setup  ## write docs/reference and the pictures again from the code
	@.venv/bin/python -m tools.reference
	@.venv/bin/python -m tools.duck_sheet

site: setup  ## build the documentation as a site, to be read without a network: site/index.html
	@.venv/bin/python -m tools.site

lint: setup  ## lint and types only
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

screenshots: setup  ## photograph each page of the dashboard, light and dark, at four sizes: screenshots/ (ONLY=live: one page)
	@PYTHON=$(PYTHON) sh tools/setup test
	@.venv/bin/python -m tools.screenshots $(if $(ONLY),--only $(ONLY))

bench: setup  ## the benchmarks, as ratios beside the bare loop (ONLY=name for one)
	@.venv/bin/python -m bench $(if $(ONLY),--only $(ONLY))

soak: setup  ## hurt a station for long and report (MINUTES=30; KIND=chaos, stops, overload or day)
	@.venv/bin/python -m soak $(KIND) $(if $(filter chaos,$(KIND)),--minutes $(MINUTES))

broker-test: setup  ## the tests on a broker: eclipse-mosquitto's where a Docker engine answers, else the installed one
	@if docker info >/dev/null 2>&1; then export OKKO_TEST_BROKER_IMAGE=$(BROKER_IMAGE); fi; \
	    .venv/bin/python -m pytest tests/broker

compose-test:  ## build the containers, send parts through them, kill some, look at what came out
	@$(PYTHON) tools/compose_test.py $(COMPOSE)

clean:  ## remove what was installed and made here
	rm -rf .venv .venv-train .mypy_cache .ruff_cache .pytest_cache .hypothesis dist site screenshots stations/*/data tests/clients/node_modules
