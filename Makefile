.PHONY: test
test: ## every check and test
	@scripts/test.sh

