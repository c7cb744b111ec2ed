# One door: every target sets up what it needs.
PYTHON := .venv/bin/python
# Three at a time on two cores (they wait for processes half of the time), a file's tests together (they share what is slow to make), the long ones first.
SHARED := -n 3 --dist loadscope --no-loadscope-reorder

# Else each of the many processes that tests start compiles every library anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test test-long test-all lint format types lock clean bench-mutation bench-new bench-impact bench-impact-speed bench-rerank bench-loop bench-metrics bench-modify bench-deploy bench-qa bench-security bench-public

run: ## start everything; Ctrl-C stops it
	./softwright up

setup:
	@./softwright --setup dev

test: lint types ## what a change is tried with: lint, types, all tests but the long sweeps
	$(PYTHON) -m pytest $(SHARED) -m "not long" $(ARGS)

test-long: setup ## the long sweeps
	$(PYTHON) -m pytest $(SHARED) -m long $(ARGS)

test-all: test test-long ## every test

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

bench-loop: setup ## what Dev's tool loop costs beside the model, next to mini-swe-agent (docs/bench-loop.md)
	$(PYTHON) -m bench.bench_loop $(ARGS)

bench-deploy: setup ## deploys, rollbacks and broken releases of a live application under load (docs/deploy-local.md)
	$(PYTHON) -m bench.bench_deploy $(ARGS)

bench-metrics: setup ## a day of metrics of 200 deployments: ingest, size, charts (docs/monitoring.md)
	$(PYTHON) -m bench.bench_metrics $(ARGS)

bench-modify: setup ## twenty changes in a row on an application in use (docs/bench.md)
	$(PYTHON) -m bench.modify $(ARGS)

bench-impact: setup ## what past changes touched, found from their words, beside plain BM25 (docs/impact.md)
	$(PYTHON) -m bench.bench_impact $(ARGS)

bench-impact-speed: setup ## index and queries of impact analysis on 3,000 files (docs/impact.md)
	$(PYTHON) -m bench.bench_impact_speed $(ARGS)

bench-rerank: setup ## what a model's order of the likely files wins (docs/impact.md)
	$(PYTHON) -m bench.bench_rerank $(ARGS)

bench-qa: setup ## QA of generated applications, warm, and again after one file was changed (docs/qa.md)
	$(PYTHON) -m bench.bench_qa $(ARGS)

bench-security: setup ## precision and recall of the security checks by class, beside single tools (docs/security.md)
	$(PYTHON) -m bench.bench_security $(ARGS)

bench-public: setup ## the security checks on a public corpus in a folder: ARGS=FOLDER (docs/security.md)
	$(PYTHON) -m bench.public_corpora $(ARGS)

bench-mutation: setup ## mutation scores of generated applications, by cosmic-ray (docs/testing.md)
	$(PYTHON) -m bench.bench_mutation $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

lock: setup ## pins what pyproject.toml asks for
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock
