.PHONY: run test

run: ## a demo study on http://127.0.0.1:8000 (another port: make run PORT=8001)
	@PORT=$(PORT) scripts/run.sh

test: ## every check and test
	@scripts/test.sh
