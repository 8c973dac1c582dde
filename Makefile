# The two commands that matter: `make run` and `make test`.
# Everything else is a part of them or a measurement that no test waits for.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PORT ?= 8080
DB ?= gpkg:data/gridkeeper.gpkg
CARGO_FLAGS ?= --locked
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
NODE_ENV_FILE := .tools/node.env

.PHONY: help run test serve build release web rust-version system test-system fmt lint docs test-rust test-web e2e bench bench-districting bench-web bench-data fuzz chaos clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: release ## build what changed, make the demo city if there are no data, serve
	@exec scripts/run "$(DB)" "$(PORT)"

test: rust-version test-system $(NODE_ENV_FILE) ## all that CI runs
	@scripts/test

# ---------------------------------------------------------------- parts
rust-version:
	@scripts/ensure-rust

system:
	@scripts/ensure-system build

test-system:
	@scripts/ensure-system build test

$(NODE_ENV_FILE): scripts/ensure-node
	@scripts/ensure-node "$@"

web/node_modules/.stamp: web/package.json web/package-lock.json | $(NODE_ENV_FILE)
	@source $(NODE_ENV_FILE)
	echo "==> web packages (npm ci)"
	cd web && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.stamp

web/dist/.stamp: web/node_modules/.stamp $(WEB_SOURCES)
	@source $(NODE_ENV_FILE)
	echo "==> web front end (vite build)"
	cd web && npm run --silent build && touch dist/.stamp

web: web/dist/.stamp ## build the web front end

release: rust-version system web/dist/.stamp ## the self-contained release binary
	@scripts/build-release

bench: release ## measure every number, printed as a table with the machine's load
	@scripts/bench

bench-districting: rust-version ## districting beside METIS, KaHIP and GerryChain; writes docs/benchmarks.md
	@scripts/bench-districting --write $(if $(INSTANCES),--instances $(INSTANCES))

bench-web: web/node_modules/.stamp ## painting beside an emulation of the usual stack; writes docs/bench-web.md
	@scripts/bench-web --write

fuzz: ## malformed files and requests, at length
	@scripts/fuzz-api 10000 --each
	PROPTEST_CASES=20000 cargo test $(CARGO_FLAGS) --profile ci --lib -- formats:: crs:: spatial:: tiles::

chaos: ## kill the server during writes, again and again
	@scripts/chaos

fmt: ## format the code
	@cargo fmt

clean: ## remove what was built (data stay)
	@rm -rf target web/dist web/node_modules .tools
