# make run    a street at night, nothing to set up          make bench   how fast it is, beside its peers
# make test   all checks and tests                          make soak    long fault and endurance runs
# make venv   only what these need, in .venv                make lock    choose versions anew

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run venv test bench soak lock

PYTHON ?= python3
PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input
STAMP := .venv/.complete

# How often `make soak` plays its property tests again, each time with other examples.
ROUNDS ?= 10

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
          "lint-imports" "pytest -m 'not soak'"

test: $(STAMP)
	@for check in $(CHECKS); do \
	    echo "==> $$check"; \
	    eval ".venv/bin/$$check" || { echo "make test failed at: $$check" >&2; exit 1; }; \
	done
	@echo "make test: all passed"

bench: $(STAMP)
	@.venv/bin/python -m benchmarks

# The tests marked soak, then ROUNDS times every property test with examples it has not seen. pytest says 5 when no
# test has the mark.
soak: $(STAMP)
	@ROUNDS=$(ROUNDS) .venv/bin/pytest -m soak || { \
	    code=$$?; [ $$code = 5 ] || exit $$code; echo "There is no test marked soak yet."; }
	@for round in $$(seq $(ROUNDS)); do \
	    echo "==> property tests, round $$round of $(ROUNDS)"; \
	    .venv/bin/pytest -q -m hypothesis --hypothesis-profile=soak; \
	done

lock: $(STAMP)
	@.venv/bin/pip-compile --quiet --upgrade --all-extras --generate-hashes --strip-extras --allow-unsafe \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock pyproject.toml
