# Two commands carry the project: `make run` and `make test`. `make help` names the rest.
.DEFAULT_GOAL := help
.PHONY: help setup run demo-passwords test check bench nets lock clean
export ORT_DISABLE_TELEMETRY = 1
PORT ?= 8000
SHOPPERS ?= 12
DATA ?=

help: ## Explains every target.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

setup: ## Makes .venv/ with everything the application runs on, fetches Chart.js, builds the static files.
	@scripts/setup.sh

run: setup ## Starts the demo on http://127.0.0.1:8000 (PORT=8081 for another port, SHOPPERS=0 for an empty mall); Ctrl-C ends it. Data stays in var/.
	@exec .venv/bin/python scripts/run_demo.py --port "$(PORT)" --shoppers "$(SHOPPERS)"

demo-passwords: setup ## Gives the demo's log ins new passwords and prints them once.
	@MALL_DEMO=1 .venv/bin/python manage.py load_demo --new-passwords

test: ## Runs every test: on SQLite with the browser, then what touches the database on a MariaDB of its own.
	@scripts/test.sh

check: ## The building inspector: style, types, walls, migrations, deployment settings, sizes, docs.
	@scripts/check.sh

bench: ## Measures every claim of speed against its reference and writes bench/RESULTS.md (DATA=folder of public tables).
	@scripts/setup.sh dev
	@.venv/bin/python scripts/bench.py $(if $(DATA),--data "$(DATA)")

nets: ## Trains the nets that ship on a simulated mall and writes datasets/nets/ (brings PyTorch; about a quarter of an hour).
	@scripts/setup.sh dev
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python scripts/make_nets.py

lock: ## Writes requirements*.lock anew from requirements*.txt, with hashes.
	@scripts/lock.sh

clean: ## Removes what set-up built (.venv/, node_modules/, static files, caches); var/ and its data stay.
	rm -rf .venv node_modules static/vendor staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
