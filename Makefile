# make run    a street at night, nothing to set up          make bench   how fast it is, beside its peers
# make test   all checks and tests                          make soak    long fault and endurance runs
# make venv   only what these need, in .venv                make lock    choose versions anew

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run venv test bench soak lock

PYTHON ?= python3
# PIP_USE_PEP517: the way of newer pips, so that that of Debian 12 does not warn of its own end.
PIP := PIP_USE_PEP517=1 .venv/bin/python -m pip --disable-pip-version-check --no-input
STAMP := .venv/.complete

# Rounds of faults that `make soak` plays, JOBS of them at once, for PLAY seconds each; SEED=s plays those from s on
# again, BROKER=mosquitto or nats all on one broker.
ROUNDS ?= 3
JOBS ?= 1
PLAY ?= 25
# How often it plays every property test after that, each time with other examples, in four minutes. Not with a SEED.
PASSES ?= 1
# Mutilated messages that each convention and framer gets before that: one to four minutes for each of them.
FUZZ ?= 1000000

run: $(STAMP)
	@.venv/bin/reverbere demo

venv: $(STAMP)

# Made again only when a version or the project's own metadata changed; half of it never counts as made.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	    sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	    echo "Python's venv module is missing: installing python3-venv with apt$${sudo:+ (as root, by sudo)}"; \
	    $$sudo apt-get update -q && $$sudo apt-get install -qy --no-install-recommends python3 python3-venv; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, found " + sys.version)'
	@echo "Setting up .venv: a minute or two, once"
	@[ -x .venv/bin/python ] || $(PYTHON) -m venv .venv
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# What `make test` runs, in this order; it ends at the first that fails, and says which.
CHECKS := "ruff check ." "ruff format --check ." "mypy" "mypy --explicit-package-bases tests benchmarks" \
          "lint-imports" "pytest -m 'not soak' -n auto --maxprocesses 4 --dist worksteal"

test: $(STAMP)
	@for check in $(CHECKS); do \
	    echo "==> $$check"; \
	    eval ".venv/bin/$$check" || { echo "make test failed at: $$check" >&2; exit 1; }; \
	done
	@echo "make test: all passed"

bench: $(STAMP)
	@.venv/bin/python -m benchmarks

# Real processes that are killed, stopped, cut off and misled, half a minute a round; one line says what became of it.
soak: $(STAMP)
	@ROUNDS=$(ROUNDS) JOBS=$(JOBS) PLAY=$(PLAY) SEED=$(SEED) BROKER=$(BROKER) .venv/bin/pytest -q -m soak
	@[ -n "$(SEED)" ] || [ "$(FUZZ)" = 0 ] || FUZZ=$(FUZZ) .venv/bin/pytest -q --timeout=0 tests/devices/test_fuzz.py
	@[ -n "$(SEED)" ] || for pass in $$(seq $(PASSES)); do \
	    echo "==> property tests, pass $$pass of $(PASSES)"; \
	    .venv/bin/pytest -q -m hypothesis --hypothesis-profile=soak; \
	done

lock: $(STAMP)
	@.venv/bin/pip-compile --quiet --upgrade --all-extras --generate-hashes --strip-extras --allow-unsafe \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock pyproject.toml
