# Two commands do it all: `make run` and `make test`. They need make and Python 3.11+ with its venv module.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
BROWSER := .venv/.browser

.DEFAULT_GOAL := help
.PHONY: help run demo test points chaos browser picture fuzz lint format conformance bench pins clean

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1 - /p' $(firstword $(MAKEFILE_LIST)) | sed -e 's/^/  make /'

run: $(INSTALLED) ## open the desk: stores, API, workers, a pretend Twilio; Ctrl-C stops it
	@exec $(BIN)/python -m sandbox

demo: $(INSTALLED) ## let a day be played on an empty desk: twelve agents, six clients, the same each time
	@exec $(BIN)/python -m sandbox.demo

test: $(BROWSER) ## run every test, on real MongoDB and Redis
	$(BIN)/python -m $(or $(PYTEST),pytest) -n 2 --dist loadfile

points: $(INSTALLED) ## kill every action at every one of its writes and sends, and compare the ends
	EVERY_POINT=1 $(BIN)/python -m pytest tests/points

fuzz: $(INSTALLED) ## make calls to every operation that nobody would think of: N=200 of each kind
	FUZZ_EXAMPLES=$(or $(N),200) $(BIN)/python -m pytest -s tests/api/test_schemathesis.py

chaos: $(INSTALLED) ## let everything die, freeze and be emptied at work, and count what is lost: SEED= JOBS= REPLIES= KILLS= MINUTES=
	$(BIN)/python -m tests.chaos $(foreach name,SEED JOBS REPLIES KILLS MINUTES,$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) $($(name))))

picture: $(BROWSER) ## take the picture of the phones page in README anew
	$(BIN)/python -m tests.browser.picture

lint: $(INSTALLED) ## check style, types and layers; changes nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## put the code into its one format
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

conformance: $(INSTALLED) ## check the pretend Twilio, and what a day asks of it, against Twilio's own documents: TWILIO_OAI=directory
	@test -n "$(TWILIO_OAI)" || { echo "Say where Twilio's OpenAPI documents are: make conformance TWILIO_OAI=directory" >&2; exit 1; }
	@day=$$(mktemp) && trap 'rm -f "$$day"' EXIT && $(BIN)/python -m sandbox.demo.recorded "$$day" \
		&& $(BIN)/python -m sandbox.conformance "$(TWILIO_OAI)" "$$day"

bench: $(INSTALLED) ## measure against the ceiling of this machine: ROW="webhook create" RACES=100 MINUTES=10
	$(BIN)/python -m bench $(ROW)

pins: $(INSTALLED) ## resolve requirements*.in to requirements*.txt again
	$(BIN)/uv pip compile $(PINS) -o requirements.txt requirements.in
	$(BIN)/uv pip compile $(PINS) -o requirements-dev.txt requirements-dev.in

clean: ## remove what can be made again; .data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

PINS := --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make pins"

# The pages are tested in Chromium: Debian's where this is root, else Playwright's own.
browser: $(BROWSER) ## bring the Chromium that the tests of the pages need

$(BROWSER): $(INSTALLED)
	$(BIN)/python -m tests.browser.chromium
	@touch $@

# A virtual environment whose Python is gone is made anew.
$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed; name yours: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) lacks its venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
