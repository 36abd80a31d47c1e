# Every target makes the environment it needs; run `make help` for the list.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
QUARTER ?= 2017Q2
BOUNDS := .bounds
ROOMS := records cohorts models

# Compiled modules are kept, whatever the shell says: commands, notebooks and reports each start a new Python.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup report test lint lab bench bounds reference data lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed; this is %d.%d. Name another with: make PYTHON=python3.12" % v)'
	@echo "Setting up $(VENV) (once, a minute or so)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(PIP) -r $(VENV)/uv.lock && $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock \
		|| { echo "Not with uv; pip takes some two minutes"; $(PIP) -r requirements.lock; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP)  ## make the environment from the locked requirements

report: $(STAMP)  ## build the quarterly report (QUARTER=2017Q2)
	@$(BIN)/clemency report $(QUARTER)

test: $(STAMP)  ## run the tests
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(STAMP)  ## check style, types and the one-way flow of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lab: $(STAMP)  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir=notebooks

bench: $(STAMP)  ## run the benchmarks against peers
	@$(BIN)/python -m benchmarks

# The lowest versions that pyproject.toml allows and the newest that resolve, each in an environment of its own. Old
# versions warn of their newer neighbours, so that only the newest are held to give no warning; lifelines, which tests
# compare with, wants pandas below 3. The lowest versions have no wheels for any Python but the lowest.
bounds: bounds-lowest bounds-newest  ## run the tests of records, cohorts and models at both ends of the versions allowed

bounds-lowest: RESOLVE := --resolution lowest-direct --extra parametric
bounds-lowest: OF := 3.11
bounds-lowest: WARNINGS := -o filterwarnings=ignore
bounds-newest: RESOLVE := --resolution highest
bounds-newest: OF := $(PYTHON)
bounds-%: $(STAMP)
	@echo "Setting up $(BOUNDS)/$*"
	@$(BIN)/uv venv -q --clear --python $(OF) $(BOUNDS)/$*
	@$(BIN)/uv pip compile -q pyproject.toml --extra fast --extra tests $(RESOLVE) --python $(BOUNDS)/$*/bin/python --no-header --no-annotate -o $(BOUNDS)/$*.txt --upgrade
	@$(BIN)/uv pip sync -q --python $(BOUNDS)/$*/bin/python $(BOUNDS)/$*.txt
	@$(BIN)/uv pip install -q --python $(BOUNDS)/$*/bin/python --no-deps --editable .
	@grep -E '^(numpy|scipy|pandas|formulaic|statsmodels|matplotlib)==' $(BOUNDS)/$*.txt
	@$(BOUNDS)/$*/bin/python -m pytest -p no:cacheprovider -n auto $(WARNINGS) -o addopts=-q $(ROOMS:%=tests/%)
	@$(BOUNDS)/$*/bin/python -m pytest -p no:cacheprovider -n auto $(WARNINGS) $(ROOMS:%=clemency/%)

reference: $(STAMP)  ## regenerate the reference values (needs R with survival, cmprsk, sandwich, MASS)
	@Rscript tests/reference/make_reference.R

data: $(STAMP)  ## rebuild the shipped tables from the raw files
	@$(BIN)/python data/build/build.py
	@$(BIN)/python data/build/statement.py

lock: $(STAMP)  ## renew requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -q -o requirements.lock

clean:  ## remove the environment and what was generated
	@rm -rf $(VENV) $(BOUNDS) .pytest_cache .ruff_cache .mypy_cache reports/[0-9]*
