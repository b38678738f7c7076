# Everything a developer runs. Each target installs what it lacks, says so, and is quick when
# nothing is missing.

.DEFAULT_GOAL := help
.PHONY: help setup rust node tools servers browser run watch build check deny advisories sbom test unit end2end audit fuzz simulate schedules faults soak picture schema cluster balancer clean FORCE
# Cargo, npm and the browser tests each use the whole machine, and share folders.
.NOTPARALLEL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

CARGO_LEPTOS := 0.3.11
CARGO_DENY := 0.20.2
CARGO_AUDIT := 0.22.2
CARGO_CYCLONEDX := 0.5.9
TABLE := $(CURDIR)/target/faults.md
WASM_BINDGEN := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
NODE := 20.11
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := end2end/node_modules/.installed
GATEWAY := end2end/gateway/node_modules/.installed
EXAMPLES := examples/node_modules/.installed
PYTHON := target/python/.installed
SUITES := target/suites/python/.installed
AUTOBAHN := target/suites/autobahn/wstest
AUDIT := $(CURDIR)/target/audit.md
# A package's own server stays off: what is wanted here are servers of our own.
OFF := [ -e /usr/sbin/policy-rc.d ] || { printf '\#!/bin/sh\nexit 101\n' \
	| $(SUDO) install -m 755 /dev/stdin /usr/sbin/policy-rc.d; trap '$(SUDO) rm /usr/sbin/policy-rc.d' EXIT; }

# What /graphiql loads, from its packages; the last one stands for all of them.
GRAPHIQL_FILES := graphql-ws/dist/client.js graphql-ws/dist/common-*.js react/umd/react.production.min.js \
	react-dom/umd/react-dom.production.min.js graphiql/graphiql.min.css graphiql/graphiql.min.js
GRAPHIQL := public/graphiql/graphiql.min.js

# What a release is made of. Folders are among it: a file that goes changes its folder.
SOURCES := Cargo.toml Cargo.lock rust-toolchain.toml \
	$(shell find src migrations public style -path src/tests -prune -o -path public/graphiql -prune -o -print)
TOOLS := target/.tools
BUILT := target/.built
# What a build leaves; nothing less is one. A watched build leaves other files in the same place.
LEFT := ls -l --time-style=full-iso target/release/belfry target/site target/site/pkg/belfry*.{css,js,wasm}
CHANGED := $(shell $(LEFT) 2>/dev/null | cmp -s - $(BUILT) || echo FORCE)

# Build tools are run a few times a day: their own speed matters less than the wait for them.
FAST := CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_DEBUG=0 \
	CARGO_PROFILE_RELEASE_STRIP=true

# Gets one of cargo's commands, of a very version: its name, the version, how it is built.
define COMMAND
@[ "$$(cargo $(1) --version 2>/dev/null | awk '{print $$2}')" = "$(2)" ] \
	|| { echo "installing cargo-$(1) $(2) (about a minute on 2 cores)"; \
	$(FAST) cargo install cargo-$(1) --version $(2) --locked $(3) --force; }
endef

# wasm-opt comes from npm.
export PATH := $(CURDIR)/end2end/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

help:
	@echo "make run     build and serve on http://127.0.0.1:3000, with demo people"
	@echo "make cluster three nodes behind a balancer on http://127.0.0.1:3000, with PostgreSQL and Redis"
	@echo "make test    every check: lints, unit and contract tests, browser tests"
	@echo "make audit   the suites of others: WebSocket frames, GraphQL documents, what wrong names tell"
	@echo "make fuzz    bytes that nobody meant, for MINUTES each, at every parser of what comes from outside"
	@echo "make faults  every fault at full length, on the release, with a table of what came of it"
	@echo "make soak    an hour of everything, with nodes that come and go: what they hold must not grow"
	@echo "make watch   serve and rebuild on every change (cargo leptos watch)"
	@echo "make build   the release: target/release/belfry and target/site"
	@echo "make simulate delivery under a seeded scheduler: SEEDS runs of each kind, from SEED on"
	@echo "make schedules what threads share, under a scheduler: SCHEDULES seeds for each claim, from SEED on"
	@echo "make check   formatting, lints for both targets, documentation, licences and sources of libraries"
	@echo "make advisories  libraries with known faults; ADVISORY_DB names a copy of the RustSec database"
	@echo "make sbom    what the program is made of, for machines: target/sbom"
	@echo "make picture take the README's picture anew, in a browser"
	@echo "make schema  write the committed schema from the code"

run: build
	LEPTOS_SITE_ROOT=target/site exec target/release/belfry

# PORT is the balancer's; the nodes take the next three.
cluster: build servers balancer
	@exec deploy/cluster $(PORT)

watch: setup
	exec cargo leptos watch

build: $(BUILT)

$(BUILT): $(SOURCES) $(TOOLS) $(GRAPHIQL) $(CHANGED)
	@rm -rf target/release/belfry target/site
	cargo leptos build --release --precompress --cargo-locked
	@$(LEFT) > $@.now && mv $@.now $@

check: rust deny
	cargo fmt --check
	cargo clippy --locked --features ssr --all-targets -- -D warnings
	cargo clippy --locked --features ssr,shuttle --test schedules -- -D warnings
	cargo clippy --locked --features hydrate --lib --target wasm32-unknown-unknown -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --features ssr --no-deps --document-private-items

# What libraries may be: deny.toml.
deny: rust
	$(call COMMAND,deny,$(CARGO_DENY),--no-default-features)
	cargo deny --locked check licenses bans sources

# Asks whoever keeps the list of known faults, or a copy of it; so the answer changes while the code does not,
# and it is not part of the tests. RUSTSEC-2023-0071 (rsa) is about who signs or decrypts with a private key and
# can be timed: Belfry verifies tokens with public ones. There is no version without it.
advisories: rust
	$(call COMMAND,audit,$(CARGO_AUDIT),--no-default-features)
	cargo audit --ignore RUSTSEC-2023-0071 $(if $(ADVISORY_DB),--db $(ADVISORY_DB) --no-fetch --stale)

# In CycloneDX: the server, the bell, and what comes from npm.
sbom: rust node
	$(call COMMAND,cyclonedx,$(CARGO_CYCLONEDX))
	@mkdir -p target/sbom
	cargo cyclonedx --quiet --format json --spec-version 1.5 --features ssr --target x86_64-unknown-linux-gnu --override-filename server.cdx
	cargo cyclonedx --quiet --format json --spec-version 1.5 --features hydrate --target wasm32-unknown-unknown --override-filename bell.cdx
	@mv server.cdx.json bell.cdx.json target/sbom
	cd end2end && npm sbom --package-lock-only --sbom-format cyclonedx > ../target/sbom/npm.cdx.json
	@ls target/sbom

test: check unit end2end

# The matrix: everything alone, and the claims about the whole program once more on PostgreSQL and Redis.
# Suites that take an installation are by themselves: make audit.
# Trials of faults have servers of their own, the same in both, and are judged by how long things take: one after the
# other. Schedules come first: their build is another one, and its program must not be what is left.
unit: rust servers balancer $(PACKAGES) $(EXAMPLES) $(PYTHON)
	cargo test --locked --features ssr,shuttle --test schedules
	src/tests/services cargo test --locked --features ssr -- --skip trials:: --skip suites::
	BELFRY_TEST_STORE=postgres BELFRY_TEST_BROKER=redis src/tests/services cargo test --locked --features ssr --test tests \
		-- --skip trials:: --skip suites::
	cargo test --locked --features ssr --test tests trials:: -- --test-threads=1

# The audits of graphql-http and the peers of graphql-ws take npm alone, and run with the other tests too.
audit: rust $(PACKAGES) $(SUITES) $(AUTOBAHN)
	@mkdir -p target && { echo "| suite | result |"; echo "|---|---|"; } > $(AUDIT)
	BELFRY_AUDIT=$(AUDIT) cargo test --release --locked --features ssr --test tests -- \
		suites:: audits:: stranger:: frames::
	@cat $(AUDIT)

# Each parser is tried as long at a time as there are cores; what breaks one is left under target/fuzz.
MINUTES ?= 10
fuzz: rust
	BELFRY_FUZZ_SECONDS=$$(($(MINUTES) * 60)) cargo test --release --locked --features ssr --test tests fuzz::

# FAULT names some of them; SEED is that of the random ones. The hour of everything is by itself: make soak.
faults: rust servers balancer
	@mkdir -p target && { echo "| fault | alerts | sessions | lost | twice | out of order | wrong count | resets | longest wait | worst time to whole |"; \
		echo "|---|---|---|---|---|---|---|---|---|---|"; } > $(TABLE)
	BELFRY_FAULTS=long BELFRY_FAULTS_SEED=$(SEED) BELFRY_FAULTS_TABLE=$(TABLE) \
		cargo test --release --locked --features ssr --test tests trials::$(FAULT) \
		-- --test-threads=1 $(if $(FAULT),,--skip trials::soak)
	@cat $(TABLE)

soak:
	@$(MAKE) --no-print-directory faults FAULT=soak TABLE=$(CURDIR)/target/soak.md

# Many more seeds than the tests take: a million runs of each kind, from a place of their own.
SEED ?= $(shell date +%s)
SEEDS ?= 1000000
simulate: rust
	BELFRY_SEED=$(SEED) BELFRY_SEEDS=$(SEEDS) cargo test --locked --release --features ssr --test tests simulation
	@echo "ran $(SEEDS) seeds with late news and $(SEEDS) with lost news and a failing store, from seed $(SEED) on"

# The same for threads; each seed is three schedules of each claim.
SCHEDULES ?= 100000
schedules: rust
	BELFRY_SEED=$(SEED) BELFRY_SEEDS=$(SCHEDULES) cargo test --locked --release --features ssr,shuttle --test schedules
	@echo "ran $(SCHEDULES) seeds for each claim, from seed $(SEED) on"

# The browser tests drive the release, as users get it.
end2end: build browser servers balancer $(GATEWAY) $(EXAMPLES)
	cd end2end && npm test

# The README's picture is one that the browser tests take.
picture: build browser
	cd end2end && npm test -- looks.spec.ts --grep "closed and open, in light"
	cp end2end/screenshots/bell.png docs/bell.png

# Writes the schema that a test compares with what is served; all of it or nothing.
schema: rust
	@mkdir -p target
	cargo run --locked --features ssr -- schema > target/schema.graphql
	@cmp -s target/schema.graphql src/server/graphql/schema.graphql \
		|| mv target/schema.graphql src/server/graphql/schema.graphql

setup: $(TOOLS) $(GRAPHIQL)

rust:
	@command -v rustup >/dev/null || { echo "rustup is missing: install it from https://rustup.rs and run make again." >&2; exit 1; }
	@command -v cc >/dev/null || { echo "installing a C compiler (for SQLite)"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq build-essential; }
	@rustup show active-toolchain >/dev/null 2>&1 && rustup target list --installed | grep -q wasm32-unknown-unknown \
		|| { echo "installing the Rust toolchain of rust-toolchain.toml"; rustup toolchain install; }

node:
	@found=$$(node --version 2>/dev/null || echo none); \
		printf '%s\n' "v$(NODE)" "$$found" | sort --check=quiet --version-sort && command -v npm >/dev/null \
		|| { echo "Node.js $(NODE) or newer with npm is needed, and what is here is $$found: install it and run make again." >&2; exit 1; }

# A newer cargo-leptos does as well; the wasm-bindgen command must be of the crate's very version.
tools: rust
	@found=$$(cargo leptos --version 2>/dev/null | awk '{print $$2}' || true); \
		if [ "$$found" = "$(CARGO_LEPTOS)" ]; then :; \
		elif printf '%s\n' "$(CARGO_LEPTOS)" "$$found" | sort --check=quiet --version-sort; then \
		echo "using cargo-leptos $$found as it is: newer than $(CARGO_LEPTOS), with which this was tried"; \
		else echo "installing cargo-leptos $(CARGO_LEPTOS) (about 6 minutes on 2 cores)"; \
		$(FAST) cargo install cargo-leptos --version $(CARGO_LEPTOS) --locked --no-default-features --features no_downloads --force; fi
	@[ "$$(wasm-bindgen --version 2>/dev/null | awk '{print $$2}')" = "$(WASM_BINDGEN)" ] \
		|| { echo "installing wasm-bindgen-cli $(WASM_BINDGEN)"; \
		$(FAST) cargo install wasm-bindgen-cli --version $(WASM_BINDGEN) --force; }

# The versions of all that builds: written only when they change.
$(TOOLS): node tools $(PACKAGES)
	@mkdir -p $(@D)
	@{ rustc --version; cargo leptos --version; wasm-bindgen --version; wasm-opt --version; } > $@.now
	@if cmp -s $@.now $@; then rm $@.now; else mv $@.now $@; fi

servers:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { echo "installing PostgreSQL"; $(OFF); \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq postgresql postgresql-client; }
	@command -v redis-server >/dev/null || { echo "installing Redis"; $(OFF); \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq redis-server; }
	@command -v redis-cli >/dev/null && command -v openssl >/dev/null || { echo "installing redis-cli and openssl"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq redis-tools openssl; }
	@command -v faketime >/dev/null || { echo "installing faketime"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq faketime; }
	@command -v psql >/dev/null && command -v python3 >/dev/null && command -v curl >/dev/null \
		|| { echo "installing psql, python3 and curl"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq postgresql-client python3 curl; }

balancer:
	@[ -x /usr/sbin/haproxy ] || command -v haproxy >/dev/null || { echo "installing haproxy"; $(OFF); \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq haproxy; }

browser:
	@command -v chromium >/dev/null || { echo "installing chromium"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }

# A folder's npm packages, by its lock file.
%/node_modules/.installed: %/package-lock.json | node
	@echo "installing npm packages for $*"
	cd $* && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(PYTHON): examples/requirements.txt
	@echo "installing Python packages for examples"
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "installing Python's venv"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(SUITES): src/tests/suites/requirements.txt
	@echo "installing Python packages for audits"
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "installing Python's venv"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Autobahn's suite runs on Python 2.7 alone, which Debian has no more; pyenv has it. The suite's own list of
# what it needs is not in its package.
$(AUTOBAHN): src/tests/suites/autobahn.txt src/tests/suites/wstest.py
	@rm -rf $(@D) && mkdir -p $(@D)
	@for python in python2.7 $(HOME)/.pyenv/versions/2.7.*/bin/python2.7; do \
		if $$python -m pip --version >/dev/null 2>&1; then found=$$python; break; fi; done; \
	[ -n "$${found:-}" ] || { echo "Python 2.7 with pip is missing, on which Autobahn's suite runs: pyenv install 2.7.18" >&2; exit 1; }; \
	echo "installing Autobahn's suite for $$found"; \
	pip=("$$found" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --target $(@D)/site); \
	"$${pip[@]}" -r $< 2>$(@D)/pip.log && "$${pip[@]}" --no-deps autobahntestsuite==25.10.1 2>>$(@D)/pip.log \
		|| { cat $(@D)/pip.log >&2; exit 1; }; \
	{ echo "#!$$(command -v $$found)"; cat src/tests/suites/wstest.py; } > $@
	@chmod +x $@

$(GRAPHIQL): $(PACKAGES) Makefile
	@rm -rf $(@D) && mkdir -p $(@D)
	@cd end2end/node_modules && cp $(GRAPHIQL_FILES) $(CURDIR)/$(@D)/
	@touch $@

clean:
	rm -rf target end2end/node_modules end2end/gateway/node_modules examples/node_modules public/graphiql
