# Everything here works as root and as an ordinary user, and leaves nothing outside this folder.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
UV := .venv/bin/uv
BASE_PYTHON := $(shell command -v python3.11 || command -v python3)

.PHONY: help run serve airflow clear-day test check bench bench-link bench-growth bench-makers bench-febrl bench-read bench-quality bench-warehouse bench-portal bench-review drill fault fuzz month clean setup browser lint types layers

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

run: export HEALTHBOOK_TODAY ?= 2026-10-01
run: .venv/.ready ## the sample city through all DAGs on a real scheduler and PostgreSQL; prints the summary
	@$(PYTHON) -m etl.orchestration.run

serve: .venv/.ready ## Airflow on 127.0.0.1:8080 and the portal on 127.0.0.1:8000 until Ctrl-C
	@$(PYTHON) -m portal.serve

airflow: .venv/.ready ## the airflow command: make airflow DO="dags trigger receive_batches"
	@$(PYTHON) -m etl.orchestration.command $(DO)

clear-day: .venv/.ready ## beside make serve, run a whole day again: make clear-day DAY=2026-11-23
	@$(PYTHON) -m etl.orchestration.clear_day $(DAY)

setup: .venv/.ready ## only the environment in .venv

# By file: two sessions of Airflow on one server would share its metadata, and run each other's tasks.
test: .venv/.ready-spark ## all tests
	@.ci/java || echo "The tests of Spark are left out"
	@$(PYTHON) -m pytest -n 2 --dist loadfile -q

check: lint types layers test ## what CI runs: style, types, layers, tests

lint: .venv/.ready-dev
	@$(PYTHON) -m ruff check .

types: .venv/.ready-dev
	@$(PYTHON) -m mypy

layers: .venv/.ready-dev
	@.venv/bin/lint-imports

bench: .venv/.ready-dev ## the benchmarks
	@$(PYTHON) -m tests.bench.city

PEOPLE ?= 1000000
INPUTS ?= 100000
FAULTS ?= 300
STRANGERS ?= 20000

bench-link: .venv/.ready-dev .venv-bench/.ready ## linkage beside Splink, on invented data: make bench-link PEOPLE=10000000
	@$(PYTHON) -m tests.bench.linkage.compare --people $(PEOPLE)

bench-growth: .venv/.ready-dev ## the chart of time and memory against size, from what bench-link measured
	@$(PYTHON) -m tests.bench.linkage.growth

bench-makers: .venv/.ready-dev ## our linkage over data of other kinds: errors, makers, missing columns
	@$(PYTHON) -m tests.bench.linkage.makers_matrix

bench-read: .venv/.ready-dev ## reading, standardising and checking, in rows a second
	@$(PYTHON) -m tests.bench.reading --gigabytes 2

bench-portal: .venv/.ready-dev ## pages of the portal while 200 officers are at work and 50 files of 10,000 rows are checked
	@$(PYTHON) -m tests.bench.portal

bench-review: .venv/.ready-dev ## a steward's keys where 20,000 pairs wait and people stand whom the register does not know
	@$(PYTHON) -m tests.bench.review_pages --strangers $(STRANGERS)

drill: .venv/.ready-dev ## the sample city backed up, changed, restored to before and after, and compared table by table
	@$(PYTHON) -m tests.bench.drill

bench-quality: .venv/.ready-dev ## a million rows through the rules beside bare Great Expectations; a report of 600 senders; errors planted for every rule
	@$(PYTHON) -m tests.bench.rules
	@$(PYTHON) -m tests.bench.report
	@$(PYTHON) -m tests.quality.planted

bench-warehouse: .venv/.ready-dev ## books from the store to PostgreSQL, beside bare COPY: make bench-warehouse PEOPLE=10000000
	@$(PYTHON) -m tests.bench.warehouse --people $(PEOPLE)

fault: .venv/.ready-dev ## a build cut off at several hundred points, run again, and compared: make fault FAULTS=300
	@$(PYTHON) -m tests.fault --faults $(FAULTS)

month: .venv/.ready-dev ## a month of invented days: what goes wrong, what is found, whom it asks, until it is mended; pictures
	@$(PYTHON) -m tests.month

fuzz: .venv/.ready-dev ## broken samples and invented files through reading, standardising and checking: make fuzz INPUTS=100000
	@$(PYTHON) -m tests.fuzz --inputs $(INPUTS)

bench-febrl: .venv/.ready-dev .venv-bench/.ready ## FEBRL 4, ours beside Splink
	@$(PYTHON) -m tests.bench.linkage.febrl

browser: ## Debian's chromium, which the tests in a browser use (needs root when it is missing)
	@.ci/chromium

clean: ## stop the embedded PostgreSQL and Airflow, remove var/ (books, reports, logs); keeps .venv
	@if [ -x $(PYTHON) ] && [ -d var ]; then $(PYTHON) -m etl.orchestration.stop; fi
	@rm -rf var

# Stamp files: offline, and with nothing changed, a second run installs and costs nothing.
.venv/bin/uv:
	@test -x $(PYTHON) || "$(BASE_PYTHON)" -m venv .venv
	@echo "Installing uv, which installs the rest"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check uv

.venv/.ready: requirements.txt pyproject.toml | .venv/bin/uv
	@echo "Installing the pinned requirements into .venv"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet -r requirements.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet --no-deps -e .
	@touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	@echo "Installing the pinned requirements of the tests into .venv"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet -r requirements-dev.txt
	@touch $@

.venv/.ready-spark: requirements-spark.txt .venv/.ready-dev
	@echo "Installing Spark into .venv, for the tests that compare the engines"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet -r requirements-spark.txt
	@touch $@

# Splink and what it needs live apart: nothing of ours depends on them.
.venv-bench/.ready: requirements-bench.txt | .venv/.ready
	@echo "Installing Splink into .venv-bench"
	@test -x .venv-bench/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv-bench
	@VIRTUAL_ENV=$(CURDIR)/.venv-bench $(UV) pip install --quiet -r requirements-bench.txt
	@touch $@
