# `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVER_SOURCES := $(shell find packages/server -name '*.py' -o -path 'packages/server/*' -name '*.t*t' -o -path 'packages/server/*/docs_page/*' -type f -o -path 'packages/server/*' -name '*.toml')
SOURCES := packages tests benchmarks examples

# The second start of a tool is not to compile again what the first one did.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check static format bench survival soak lock docs docs-site pictures dist clean cluster cluster-down

help:
	@echo "make demo    set everything up, then train, deploy and score a model"
	@echo "make test    set everything up, then run all tests"
	@echo "make check   format, lint, types and unit tests, in under a minute"
	@echo "make static  what of 'make check' runs no tests"
	@echo "make bench   the benchmarks"
	@echo "make survival  poison the server's workers, and write docs/survival.md"
	@echo "make soak MINUTES=30  poison and mutated HTTP among innocent requests, for long"
	@echo "make cluster  a Kubernetes cluster of two nodes on this machine (root; Go builds it once)"
	@echo "make cluster-down  end it, and leave nothing"
	@echo "make format  write what 'make check' wants of the format"
	@echo "make docs    write the generated pages of docs/"
	@echo "make pictures  draw the pictures of the README from a run of the demo"
	@echo "make docs-site  build the documentation site in build/site; broken links fail it"
	@echo "make dist    build the three wheels into dist/"
	@echo "make lock    resolve the committed requirements anew"

demo: $(BIN)/.installed
	$(BIN)/brygga demo

test: $(BIN)/.installed
	$(BIN)/python tests/run.py

check: static
	$(BIN)/pytest -q --numprocesses auto tests/unit

static: $(BIN)/.installed
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy packages/server/src packages/brygga/src packages/azureml/src tests
	$(BIN)/vermin --no-tips --violations --target=3.8- --no-parse-comments --eval-annotations packages/server/src/brygga_server/worker \
		packages/azureml/src/azureml/_in_scripts packages/brygga/src/brygga/runs/bootstrap.py

format: $(BIN)/.installed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(BIN)/.installed
	$(BIN)/python benchmarks/run.py

survival: $(BIN)/.installed
	SURVIVAL_PAGE=docs/survival.md $(BIN)/pytest -q -p no:randomly $(addprefix tests/integration/server/front/, \
	  test_survival.py test_left_behind.py test_signals.py) tests/e2e/test_container_signals.py

MINUTES ?= 30
soak: $(BIN)/.installed
	BRYGGA_SOAK_MINUTES=$(MINUTES) $(BIN)/pytest -s --timeout 0 tests/integration/server/soak

cluster: $(BIN)/.installed
	@PYTHONPATH=tests $(BIN)/python -m cluster up

cluster-down: $(BIN)/.installed
	@PYTHONPATH=tests $(BIN)/python -m cluster down

# Building writes into the sources: whoever may not change these names a copy of them.
DIST ?= $(CURDIR)/dist
FROM ?= packages
dist: $(BIN)/.installed
	rm -rf $(DIST)
	for each in server brygga azureml; do \
	  (cd $(FROM)/$$each && $(CURDIR)/$(BIN)/python -m hatchling build --target wheel --directory $(DIST)) || exit 1; done

docs: $(BIN)/.installed
	$(BIN)/python docs/generate.py

pictures: $(BIN)/.installed
	$(BIN)/python docs/pictures.py

# The tools of the site have an environment of their own: nothing of them is beside what is tested.
SITE := build/docs-site-tools
docs-site: $(SITE)/.synced
	$(SITE)/bin/python docs/build_site.py

$(SITE)/.synced: requirements/docs.txt | $(UV)
	$(UV) venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(SITE)
	$(UV) pip sync --quiet --python $(SITE)/bin/python --require-hashes requirements/docs.txt
	@touch $@

# uv comes from the package index, into a folder of this checkout, unless it is on the path.
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Brygga needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tools uv

$(BIN)/python: | $(UV)
	$(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)

$(BIN)/.synced: requirements/dev.txt | $(BIN)/python
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@

$(BIN)/.installed: $(BIN)/.synced $(SERVER_SOURCES) packages/brygga/pyproject.toml packages/brygga/hatch_build.py packages/azureml/pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
	  -e packages/server -e packages/brygga -e packages/azureml
	@touch $@

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

lock: | $(UV)
	$(COMPILE) packages/server/pyproject.toml -o packages/server/requirements.txt
	$(COMPILE) --extra demo --extra containers packages/server/pyproject.toml packages/brygga/pyproject.toml packages/azureml/pyproject.toml requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/differential.in -o requirements/differential.txt
	$(COMPILE) requirements/schemathesis.in -o requirements/schemathesis.txt
	$(COMPILE) requirements/docs.in -o requirements/docs.txt

clean:
	rm -rf $(VENV) .tools .cache build dist
