.PHONY: run check test test-all bench docs requirements

run: ## a demo study on http://127.0.0.1:8000 (another port: make run PORT=8001)
	@PORT=$(PORT) scripts/run.sh

check: ## what a developer repeats: under a minute, no browser, server or licensed data
	@scripts/test.sh check

test: ## every check and test
	@scripts/test.sh

test-all: ## also what takes longer: fresh environments, the platform on PostgreSQL, calibration
	@scripts/test.sh all

bench: ## measure against the targets
	@scripts/setup.sh requirements.txt
	@.venv/bin/python -m benchmarks

docs: ## the documentation site, in docs/_build/html
	@scripts/setup.sh requirements-dev.txt
	@.venv/bin/sphinx-build --fail-on-warning --quiet docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

requirements: ## compile requirements*.txt after a change of pyproject.toml
	@scripts/setup.sh requirements-dev.txt
	@scripts/requirements.sh
