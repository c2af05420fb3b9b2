# Everything a newcomer or a machine does here. Needs python3 (3.11 or later), make and a package index.
.DEFAULT_GOAL := help
.PHONY: help demo test check audit run migration bench lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE := app tests bench tools migrations

help: ## Shows this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1	/' | expand -t 12

demo: $(VENV)/.run ## Shows the service at work on the embedded database (DEMO_ARGS=--once: and ends)
	$(BIN)/ikk demo $(DEMO_ARGS)

test: check ## Format, lint, types and tests (TEST_ARGS: further arguments for pytest)
	$(BIN)/pytest $(TEST_ARGS)

check: $(VENV)/.dev ## Format, lint, types and what bandit knows to be dangerous
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app migrations tools

# Not part of check: it asks a service of advisories, which a package index alone does not have.
# CVE-2024-23342: see CONTRIBUTING.md.
audit: $(VENV)/.dev ## Asks whether a pinned version is known to be vulnerable; needs the public service of advisories
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock --requirement requirements-dev.lock \
		--ignore-vuln CVE-2024-23342

run: $(VENV)/.run ## Migrates, loads regions and instruments, serves the API
	$(BIN)/ikk migrate
	$(BIN)/ikk regions load
	$(BIN)/ikk instrument publish
	$(BIN)/ikk serve

migration: $(VENV)/.dev ## Writes a migration from the models (MESSAGE="adds what")
	$(BIN)/python -m tools.make_migration "$(MESSAGE)"

bench: $(VENV)/.dev ## What taking a submission and reading an aggregate cost, as ratios
	$(BIN)/python -m bench.http $(BENCH_ARGS)

lock: $(VENV)/.dev ## Pins every dependency anew, with hashes
	$(BIN)/python tools/lock.py

clean: ## Removes the environment; the embedded database stays in .ikk
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The environment of whoever runs the service, and on top of it what those who change it need.
$(VENV)/.run: requirements.lock pyproject.toml
	test -d $(VENV) || python3 -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@
