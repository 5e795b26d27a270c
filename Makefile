# What a person types here. Needs Python 3.11 or newer with its venv module, make and git; everything else goes into .venv.
#
#   make run                 the bot on the articles that come with it
#   make run ARGS=--help     what else it can do there
#   make test                every check that CI runs

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
INSTALL := .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-compile \
	--require-hashes --only-binary :all:
CHECKS := "ruff format --check" "ruff check" "lint-imports" "mypy"
ARGS ?=

.PHONY: help run test check lock benchmark faults env-example venv runtime dev clean

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 20

run: runtime ## start the database, read the articles in corpus/, show the alerts
	@.venv/bin/python -m bot demo $(ARGS)

test: check ## the checks that CI runs: format, lint, layers, types, tests

check: dev
	@failed=; for check in $(CHECKS); do \
	  PATH=".venv/bin:$$PATH" $$check >.venv/check.log 2>&1 \
	    && echo "ok      $$check" || { cat .venv/check.log; echo "FAILED  $$check"; failed=yes; }; \
	done; \
	.venv/bin/python -m pytest $(ARGS) || exit 1; \
	test -z "$$failed"

benchmark: dev ## measure (ARGS="extraction" for one of benchmarks/)
	@for name in $(or $(ARGS),$(patsubst benchmarks/%.py,%,$(filter-out benchmarks/__init__.py benchmarks/timing.py benchmarks/faults.py,$(wildcard benchmarks/*.py)))); do \
	  echo "== $$name"; .venv/bin/python -m "benchmarks.$$name" || exit 1; \
	done

faults: dev ## end real processes with kill -9 at 200 random instants (ARGS="40" for fewer); takes a quarter of an hour
	@.venv/bin/python -m benchmarks.faults $(ARGS)

lock: ## resolve requirements*.in into requirements*.txt, with hashes and without addresses (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
	  -o requirements.txt requirements.in
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
	  -c requirements.txt -o requirements-dev.txt requirements-dev.in
	@! grep -n '://' requirements.txt requirements-dev.txt

env-example: runtime ## write .env.example anew from bot/settings.py
	@.venv/bin/python -c 'import sys; from bot.settings import example; sys.stdout.write(example())' >.env.example

clean: ## remove what was installed and cached; the database in .data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# .venv/complete says that the environment was made to its end; .venv/runtime.txt and .venv/dev.txt are copies of the lock
# files that were installed to their end. Content is compared, not time: a checkout touches files without changing them.

venv:
	@if [ -x .venv/bin/python ] && .venv/bin/python -c '$(NEW_ENOUGH)' 2>/dev/null; then \
	  if [ -f .venv/complete ]; then exit 0; fi; \
	  if .venv/bin/python -m pip --version >/dev/null 2>&1; then touch .venv/complete; exit 0; fi; \
	fi; \
	for python in $(PYTHONS); do \
	  if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed; here python3 is $$(python3 --version 2>&1 || echo missing)." >&2; \
	  echo "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found has no ensurepip, so it cannot make an environment to install into." >&2; \
	  echo "Install it (Debian and Ubuntu: apt-get install python3-venv) and run make again." >&2; \
	  exit 1; \
	fi; \
	echo "Making .venv with $$("$$found" --version)"; \
	"$$found" -m venv --clear .venv && touch .venv/complete

runtime: venv
	@cmp -s requirements.txt .venv/runtime.txt || { \
	  echo "Installing what the bot needs into .venv (up to a minute)"; \
	  $(INSTALL) -r requirements.txt && cp requirements.txt .venv/runtime.txt; \
	}

dev: venv
	@cmp -s requirements-dev.txt .venv/dev.txt || { \
	  echo "Installing what the bot and its checks need into .venv (up to two minutes)"; \
	  $(INSTALL) -r requirements-dev.txt && cp requirements-dev.txt .venv/dev.txt && cp requirements.txt .venv/runtime.txt; \
	}
