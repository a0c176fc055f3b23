# GNU make 3.81 and newer. `make` alone lists the targets.
BIN := .venv/bin
PYTEST := $(BIN)/pytest
FOLDERS := aggregates commands schema projections processors read_api portal service tests bench
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --quiet
WORKERS ?= 2
PARALLEL := -n $(WORKERS) --dist loadgroup
CHROMIUM := $(shell command -v "$${PORTAIL_CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome)
ifeq ($(CHROMIUM),)
NO_BROWSER := and not browser
NOTE := @echo "No Chromium found: the browser tests are left out (name one in PORTAIL_CHROMIUM)."
else
export PORTAIL_CHROMIUM := $(CHROMIUM)
endif

# Hundreds of processes are started: where bytecode may not be written, each compiles everything anew (1.5 s).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run servers test test-long test-outside check bench mutate rebuild lock-events rules roles examples documents where setup lock fmt clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

run: .venv/done ## start everything on this machine, data under ./var
	@exec $(BIN)/portail run

servers: .venv/done ## start PostgreSQL and Valkey alone and print their addresses
	@exec $(BIN)/portail servers

test: check ## the short lane: checks and every test not marked long
	$(NOTE)
	$(PYTEST) $(PARALLEL) -m "not long $(NO_BROWSER)" --ignore tests/architecture --durations=20

test-long: check ## every test at the full figures
	$(NOTE)
	$(PYTEST) $(PARALLEL) $(if $(NO_BROWSER),-m "not browser") --durations=20

test-outside: .venv/done ## tests on the servers of PORTAIL_DATABASE_URL and PORTAIL_REDIS_URL
	@test -n "$$PORTAIL_DATABASE_URL" && test -n "$$PORTAIL_REDIS_URL" || \
		{ echo "Set PORTAIL_DATABASE_URL (a role that may create databases) and PORTAIL_REDIS_URL." >&2; exit 2; }
	@echo "Left out, as they own their servers: $$($(PYTEST) --collect-only -q \
		-m 'owns_servers and not long and not browser' | grep -c '::') tests."
	$(PYTEST) -m "not owns_servers and not long and not browser" --durations=20

check: .venv/done ## style, types, layers, architecture rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(PYTEST) -q tests/architecture

bench: .venv/done ## measure, and write bench/report.json
	$(BIN)/python -m bench

mutate: .venv/done ## change the rules' code, see what no test notices; ONLY="aggregates.workshop.decisions.*" for a part
	rm -rf mutants
	$(BIN)/mutmut run --max-children $(WORKERS) $(ONLY)
	@$(BIN)/mutmut results --all true | $(BIN)/python -m tests.architecture.mutation_table

rebuild: .venv/done ## rebuild every read model beside the live one and compare
	$(BIN)/portail rebuild --check

lock-events: .venv/done ## write schema/events.lock.json anew
	$(BIN)/python -m schema.lock_events

rules: .venv/done ## write the tests column of docs/rules.md anew
	$(BIN)/python -m tests.architecture.rules_table

roles: .venv/done ## write docs/roles.md anew
	$(BIN)/python -m tests.architecture.roles_page

examples: .venv/done ## write docs/exemples.md anew
	@echo '# Exemples' > docs/exemples.md
	@PORTAIL_WRITE_EXAMPLES=1 $(PYTEST) -q tests/examples --ignore tests/examples/test_page.py

documents: .venv/done ## write the samples of docs/documents/ and docs/mails/ anew
	$(BIN)/python -m tests.documents.samples
	$(BIN)/python -m tests.processors.mail_samples

where: ## list a feature's files: make where NAME=defer_registration
	@test -n "$(NAME)" || { echo "usage: make where NAME=defer_registration" >&2; exit 2; }
	@for folder in $(FOLDERS); do \
		test -d $$folder || continue; \
		find $$folder -path '*$(NAME)*' -type f ! -path '*/__pycache__/*' | sort; \
	done

setup: .venv/done ## make .venv from requirements-dev.lock

.venv/done: requirements-dev.lock pyproject.toml .ci/setup
	@.ci/setup

# A checkout that was moved or copied has the other place's paths in its .venv.
ifneq ($(wildcard .venv/done),)
ifneq ($(shell cat .venv/place 2>/dev/null),$(CURDIR))
.venv/done: moved
.PHONY: moved
endif
endif

lock: .venv/done ## resolve the dependencies anew
	$(BIN)/$(COMPILE) pyproject.toml -o requirements.lock
	$(BIN)/$(COMPILE) pyproject.toml --group dev -o requirements-dev.lock

fmt: .venv/done ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove .venv and caches; ./var, the data, stays
	rm -rf .venv build dist mutants .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
