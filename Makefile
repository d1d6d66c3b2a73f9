.PHONY: run test bench requirements

run: ## a demo study on http://127.0.0.1:8000 (another port: make run PORT=8001)
	@PORT=$(PORT) scripts/run.sh

test: ## every check and test
	@scripts/test.sh

bench: ## measure against the targets
	@scripts/setup.sh requirements.txt
	@.venv/bin/python -m benchmarks

requirements: ## compile requirements*.txt after a change of pyproject.toml
	@scripts/setup.sh requirements-dev.txt
	@scripts/requirements.sh
