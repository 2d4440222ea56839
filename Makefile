# make demo   builds the bundled article into exports/
# make test   runs every check and test
# make fuzz   puts 2,000 mutated documents through all stages
# make benchmarks   prints how fast texts are read, how fast the page of a graph can be used, and how fast the store answers beside rdflib
# PYTHON=python3.12 make …   takes another interpreter (3.11 or newer)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := kg/sample/openai-pinterest.txt
STAMP := $(VENV)/installed

.PHONY: demo test fuzz benchmarks screenshot lock clean
.DEFAULT_GOAL := demo

demo: $(STAMP)
	$(BIN)/kg build $(DEMO) -o exports
	@echo "Open exports/graph.html in a browser; read exports/report.md; ask with: $(BIN)/kg ask deals --store exports"

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict kg
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal

fuzz: $(STAMP)
	$(BIN)/python tests/fuzz.py 2000

# The environment is made anew only when the lock file or the package's own metadata changed.
$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: PYTHON=python3.11 make ...")'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

benchmarks: $(STAMP)
	$(BIN)/python tests/benchmark.py
	$(BIN)/python tests/benchmark_names.py 100000
	$(BIN)/python tests/benchmark_view.py
	$(BIN)/python tests/benchmark_analyze.py 10000
	$(BIN)/python tests/benchmark_serve.py
# A million triples, as by default, take over ten minutes: most of that rdflib, which is ended at the limit in a third of the questions.
	$(BIN)/python tests/benchmark_store.py 200000 --limit 20

screenshot: $(STAMP)
	$(BIN)/kg -q build $(DEMO) -o exports
	$(BIN)/python tests/screenshot.py exports/graph.html exports/graph.png

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV)
