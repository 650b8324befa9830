# make help explains each target.
GO     ?= go
LINT   := GOWORK=off $(GO) tool -modfile=tools/go.mod golangci-lint
# Modules of their own: each must also build without the workspace.
MODULES := . examples

.PHONY: help check test race lint format tidy demo bench clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: ## Everything CI runs, in full
	bash .ci/run

test: ## All tests of the library and the examples
	$(GO) test work

race: ## The same under the race detector
	$(GO) test -race work

lint: ## Vet and lint
	$(GO) vet work
	$(LINT) run ./...

format: ## Format all Go files
	gofmt -w $$(git ls-files '*.go')

tidy: ## Tidy every module
	for m in $(MODULES) bench tools; do (cd $$m && GOWORK=off $(GO) mod tidy); done

demo: ## Run the example application through a few hundred requests
	$(GO) run ./examples/gigs -demo

bench: ## List the benchmarks and how to run them
	@cat bench/README.md

clean: ## Remove build output
	rm -rf bin dist
