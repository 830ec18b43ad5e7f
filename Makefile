# `make help` lists what there is; `make demo` and `make test` do all their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
GOOGLEAPIS := .buf/googleapis/google/api
SHIPPED := gateway/contract/shipped.binpb
GENERATED_SUMS := find backends/generated $(SHIPPED) -type f -not -path '*/__pycache__/*' | sort | xargs sha256sum
NPM_HOME := tests
OPENAPI := tests/contract/openapi
PAGE_TYPES := gateway/web/page/generated/contract.d.ts
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup browser clients etcd demo test soak bench lint types format proto openapi proto-check breaking check clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: setup ## run a real backend, the gateway and its page; Ctrl-C stops all of it
	@exec $(BIN)/grpc-sse-gateway demo $(ARGS)

test: setup browser clients etcd ## run every test (ARGS='-k name' picks some)
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m 'not alone'
	$(BIN)/python -m pytest -m alone
endif

setup: $(READY) ## make .venv with everything the project needs; does nothing when it is up to date

$(READY): pyproject.toml constraints.txt
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) 2>/dev/null || \
		{ echo 'python3-venv is missing: installing it'; apt-get update -qq && apt-get install -y -qq python3-venv && \
		$(PYTHON) -m venv --clear $(VENV); }
	@echo 'Installing the project into $(VENV) (a minute or so the first time)'
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@mkdir -p $(GOOGLEAPIS)
	@$(BIN)/python -c 'import google.api.http_pb2 as h, pathlib; print(pathlib.Path(h.__file__).parent)' | while read -r from; do \
		cp "$$from/annotations.proto" "$$from/http.proto" "$$from/field_behavior.proto" $(GOOGLEAPIS); done
	@touch $@

browser:
	@command -v chromium >/dev/null || { echo 'Installing Chromium for the browser tests'; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }

clients: $(NPM_HOME)/node_modules/.package-lock.json

$(NPM_HOME)/node_modules/.package-lock.json: $(NPM_HOME)/package-lock.json
	@command -v npm >/dev/null && command -v curl >/dev/null && command -v openssl >/dev/null || { \
		echo 'Installing Node, curl and openssl for the tests'; apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm curl openssl >/dev/null; }
	@cd $(NPM_HOME) && npm ci --silent && touch node_modules/.package-lock.json

etcd:
	@command -v etcd >/dev/null || { echo 'Installing etcd for the tests'; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq etcd-server >/dev/null; }

soak: setup ## minutes of clients that come, go and stall: memory slope, descriptors (ARGS='--minutes 3')
	$(BIN)/python -m tests.faults.soak $(ARGS)

bench: setup ## measure against nchan, Envoy and others, about five minutes (ARGS='--only 1,3')
	@command -v gcc >/dev/null && command -v nginx >/dev/null && [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || \
		{ echo 'Installing gcc, nginx and nchan'; apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq gcc libc6-dev nginx libnginx-mod-nchan >/dev/null; } || echo 'apt failed: going on without'
	@$(BIN)/python -c 'import envoy, fastapi, matplotlib, sse_starlette' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --editable '.[dev,bench]'
	$(BIN)/python -m tests.benchmarks $(ARGS)

lint: setup ## ruff and buf: style, mistakes, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code

types: setup ## mypy, strict
	$(BIN)/mypy

format: setup ## rewrite Python and proto files in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write

proto: setup ## after a change in proto/: the Python code of backends/ and the gateway's descriptor set
	$(BIN)/buf generate
	@find backends/generated -name '*_pb2.py*' -exec sed -i 's/^from gateway\./from backends.generated.gateway./' {} +
	@printf '"""Generated from proto/ by `make proto`; not edited by hand."""\n' > backends/generated/__init__.py
	$(BIN)/buf build --output $(SHIPPED)

openapi: setup clients ## after a change of the contract: the golden documents and the page's types
	@for version in 3.1 3.2; do \
		$(BIN)/grpc-sse-gateway openapi --version $$version -o $(OPENAPI)/openapi-$$version.json || exit 1; done
	@$(NPM_HOME)/node_modules/.bin/openapi-typescript $(OPENAPI)/openapi-3.1.json > $(PAGE_TYPES).new
	@{ echo '// Generated from the OpenAPI 3.1 document by `make openapi`; not edited by hand.'; \
		cat $(PAGE_TYPES).new; } > $(PAGE_TYPES)
	@rm $(PAGE_TYPES).new

proto-check: setup ## fail where generated files are not what proto/ makes
	@before=$$($(GENERATED_SUMS)); $(MAKE) --no-print-directory proto >/dev/null; after=$$($(GENERATED_SUMS)); \
	[ "$$before" = "$$after" ] || { echo 'Generated files were stale; they are fresh now: commit them.'; exit 1; }

breaking: setup ## fail where proto/ breaks clients of the contract on main
	@.ci/breaking $(BIN)/buf

check: lint types proto-check breaking test ## everything CI runs

clean: ## remove what set-up made
	rm -rf $(VENV) .buf build dist $(NPM_HOME)/node_modules
