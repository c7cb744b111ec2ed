# One door: every target sets up what it needs.
PYTHON := .venv/bin/python
# Two at a time, a file's tests together (they share what is slow to make), the long ones first.
SHARED := -n 2 --dist loadscope --no-loadscope-reorder

.PHONY: run setup test lint format types lock clean bench-new bench-security

run: ## start everything; Ctrl-C stops it
	./softwright up

setup:
	@./softwright --setup dev

test: lint types ## all checks and tests
	$(PYTHON) -m pytest $(SHARED) $(ARGS)

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: setup
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: setup
	$(PYTHON) -m mypy

bench-new: setup ## the main job by phase, cold and warm, beside what no tool could save (docs/bench.md)
	$(PYTHON) -m bench.bench_new $(ARGS)

bench-security: setup ## precision and recall of the security checks by class, beside single tools (docs/security.md)
	$(PYTHON) -m bench.bench_security $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

lock: setup ## pins what pyproject.toml asks for
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock
