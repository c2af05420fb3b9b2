# Every task of a developer or a CI machine. You need python3 (3.11 or later), make and a package index.
.DEFAULT_GOAL := help
.PHONY: help demo test check audit fuzz clients storm run migration bench bench-large survey-oracle lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE := app tests bench tools migrations

help: ## Shows this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1	/' | expand -t 16

demo: $(VENV)/.run ## Shows the service at work on the embedded database (DEMO_ARGS=--once ends it afterwards)
	$(BIN)/ikk demo $(DEMO_ARGS)

test: check ## Checks the code, then runs the tests (TEST_ARGS adds arguments for pytest)
	$(BIN)/pytest $(TEST_ARGS)

check: $(VENV)/.dev ## Checks format, lint, types and what bandit finds insecure
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app migrations tools

# This is not part of check because it needs a service of advisories, which a package index alone does not have.
# CONTRIBUTING.md says why CVE-2024-23342 is ignored.
audit: $(VENV)/.dev ## Looks for known vulnerabilities in pinned versions (needs the public service of advisories)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock --requirement requirements-dev.lock \
		--ignore-vuln CVE-2024-23342

fuzz: $(VENV)/.dev ## Sends thousands of requests drawn from the OpenAPI document (5 to 8 minutes)
	FUZZ_PHASES=$${FUZZ_PHASES:-examples,coverage,fuzzing} FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100} \
		$(BIN)/pytest -n 0 -m foreign tests/fuzzing

clients: $(VENV)/.dev ## Generates clients with other people's programs, checks their types and runs them (3 to 4 minutes)
	$(BIN)/pytest -n 0 -m foreign tests/clients

storm: $(VENV)/.dev ## Kills servers and the database while 300 devices send, and counts what is lost or doubled (4 to 8 minutes)
	$(BIN)/python -m tests.storm $(STORM_ARGS)

run: $(VENV)/.run ## Migrates the database, loads regions and instruments, and serves the API
	$(BIN)/ikk migrate
	$(BIN)/ikk regions load
	$(BIN)/ikk instrument publish
	$(BIN)/ikk serve

migration: $(VENV)/.dev ## Writes a migration from the models (MESSAGE="what it adds")
	$(BIN)/python -m tools.make_migration "$(MESSAGE)"

bench: $(VENV)/.dev ## Measures what an interview costs, as ratios with targets (BENCH_ARGS="--rounds 1 --seconds 0.5" is short)
	$(BIN)/python -m bench.http $(BENCH_ARGS)

bench-large: $(VENV)/.dev ## Measures storing beside a million interviews (fills a database first, which takes a while)
	$(BIN)/python -m bench.large $(BENCH_ARGS)

survey-oracle: ## Lets R compute again the standard errors that tests compare ours with (needs r-cran-survey)
	Rscript tests/protection/oracle/survey.R tests/protection/oracle

lock: $(VENV)/.dev ## Pins every dependency again, with hashes
	$(BIN)/python tools/lock.py

clean: ## Removes the environment, but keeps the embedded database in .ikk
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# .run holds what you need to run the service. .dev adds what you need to change it.
$(VENV)/.run: requirements.lock pyproject.toml
	test -d $(VENV) || python3 -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@
