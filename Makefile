# One door: every target sets up what it needs.
PYTHON := .venv/bin/python

.PHONY: run test lint types format bench clean setup

run: ## start everything; Ctrl-C stops it
	./softwright up

setup:
	@./softwright --setup dev

test: lint types ## all checks and tests
	$(PYTHON) -m pytest $(ARGS)

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: setup
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: setup
	$(PYTHON) -m mypy

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
