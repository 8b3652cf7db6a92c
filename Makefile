# Everything here needs only Python 3.11 or later, pip and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
NEEDS_MORE := java or browser or office or reference
# A process a core. Each takes tests in their order, then from the end of the other's: what a file
# makes for its tests is made once.
SIDE_BY_SIDE := --numprocesses logical --dist worksteal

.PHONY: help demo sample dist check-dist bundle test test-all test-attack check notebooks bench bench-national docs clean

help:
	@echo "make demo      run the sample as delivered: lists, a report, a workbook, pictures"
	@echo "make sample    make the sample again, also the one in the package"
	@echo "make test      the tests that need only pip and little time, in minutes"
	@echo "make test-all  the others: slow ones, and those that need $(NEEDS_MORE)"
	@echo "make test-attack  the attacks at full length: kills, flips and the like; hours, not in CI"
	@echo "make check     ruff, mypy --strict, import-linter"
	@echo "make notebooks runs the notebooks in a few minutes; the executed copies are in build/notebooks"
	@echo "make bench     connhub and others at small sizes, in minutes"
	@echo "make bench-national  the same at 50M and 100M rows: about 35 minutes, 12 GB of disk"
	@echo "make docs      the documentation, in docs/_build/html; runs the notebooks first"
	@echo "make dist      wheel and sdist, and the lines of the README run with the installed wheel"
	@echo "make bundle    all that Windows needs without a network, in one file (500 MB)"
	@echo "make clean     remove the environment and what was made"

$(VENV)/.ready-package: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-package
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

$(VENV)/.ready-report: $(VENV)/.ready-package
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[report]"
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.ready-package
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[bench,report,spark]"
	@touch $@

sample: $(VENV)/.ready-package
	rm -rf build/sample
	$(BIN)/connhub synth --firms 3000 --transactions 20000 --seed 1 --years 3 --delivered --out build/sample
	cp -r build/sample/*.parquet build/sample/delivered build/sample/years data/sample
	$(BIN)/python data/sample/make_firm_totals.py
	cp data/sample/delivered/*.csv data/sample/firm_totals.csv src/connhub/sample_tables

demo: $(VENV)/.ready-report
	$(BIN)/connhub analyze data/sample/delivered/transactions.csv \
	  data/sample/delivered/firms.csv --missing-amount exclude --prefecture 15 \
	  --grain pairs --out out/demo --csv
	$(BIN)/connhub select out/demo data/sample/delivered/firms.csv \
	  --financials data/sample/delivered/financials.csv --scheme historical-fy2019 \
	  --prefecture 15 --per-region 5
	$(BIN)/connhub linkages out/demo --prefecture 15 --rows 3
	$(BIN)/connhub report out/demo data/sample/delivered/firms.csv \
	  --financials data/sample/delivered/financials.csv --scheme historical-fy2019 \
	  --prefecture 15 --per-region 5 --out out/demo/report

test: $(VENV)/.ready-dev
	@echo "Deselected here, run by 'make test-all': tests marked slow or $(NEEDS_MORE)"
	@echo "and, run by 'make test-attack': tests marked long"
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "not ($(NEEDS_MORE) or slow or long)"

test-all: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "slow and not ($(NEEDS_MORE) or long)"
	$(BIN)/python -m pytest -q -m "($(NEEDS_MORE)) and not long"

test-attack: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q -m long

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The project's own settings are for its tests: other patterns, and warnings as errors. No progress
# bars, since these copies are read.
notebooks: $(VENV)/.ready-dev
	rm -rf build/notebooks
	mkdir -p build/notebooks
	cp notebooks/*.ipynb build/notebooks
	TQDM_DISABLE=1 $(BIN)/python -m pytest -q -o addopts= -o filterwarnings= -p no:cacheprovider \
	  --nbmake --nbmake-timeout=900 --overwrite --durations=0 build/notebooks

bench: $(VENV)/.ready-dev $(VENV)/.ready-bench
	$(BIN)/python -m benchmarks.commands --name bench
	$(BIN)/python -m benchmarks.run --name bench --shrink 20 --budget 3

bench-national: $(VENV)/.ready-dev $(VENV)/.ready-bench
	$(BIN)/python -m benchmarks.commands --name national
	$(BIN)/python -m benchmarks.run --name national

# A page that fetches something, or lacks a public name, is a warning, and a warning an error.
docs: notebooks
	$(BIN)/python -m sphinx -W --keep-going -q -j auto -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

TOOLS := build/release/tools
VERSION := $(shell sed -n 's/^VERSION = "\(.*\)"/\1/p' src/connhub/release.py)

$(TOOLS)/.ready:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet hatchling packaging
	@touch $@

dist: $(TOOLS)/.ready
	rm -rf dist
	$(TOOLS)/bin/python -m hatchling build -d dist
	$(MAKE) check-dist EXTRA= LAST="Report, workbook, pictures" READMES=README.md
	$(MAKE) check-dist EXTRA=[report] LAST= READMES="README.md README.ja.md"

# Away from the project, so that nothing of it is imported: first the package alone, then with
# what reports need. PYTHON=python3.13 tries another version.
check-dist:
	rm -rf build/release/venv build/release/away
	$(PYTHON) -m venv build/release/venv
	build/release/venv/bin/python -m pip install --quiet -c constraints.txt "$$(ls dist/*.whl)$(EXTRA)"
	mkdir build/release/away
	cp README.md README.ja.md release/check_readme.py build/release/away
	cd build/release/away && for readme in $(READMES); do \
	  ../venv/bin/python check_readme.py $$readme $(if $(LAST),"$(LAST)") || exit 1; done
	cd build/release/away && ../venv/bin/connhub --version && ../venv/bin/python -m connhub synth \
	  --firms 300 --transactions 2000 --out small > /dev/null

# pip judges markers by this machine: what only Windows needs is named, and then checked.
BUNDLE := build/release/connhub-windows
bundle: $(TOOLS)/.ready
	rm -rf $(BUNDLE) build/release/unpacked dist/*-windows.zip
	mkdir -p $(BUNDLE)/wheels $(BUNDLE)/sample $(BUNDLE)/guides dist
	$(TOOLS)/bin/python -m hatchling build -t wheel -d $(BUNDLE)/wheels
	for version in 3.11 3.12 3.13; do \
	  $(TOOLS)/bin/python -m pip download --quiet --platform win_amd64 --python-version $$version \
	    --only-binary=:all: -c constraints.txt --find-links $(BUNDLE)/wheels -d $(BUNDLE)/wheels \
	    "connhub[report] == $(VERSION)" colorama tzdata || exit 1; done
	cp src/connhub/sample_tables/*.csv $(BUNDLE)/sample
	sed 's/$$/\r/' release/install.bat > $(BUNDLE)/install.bat
	for page in offline own-data list-and-report years what-if; do \
	  text=$(BUNDLE)/guides/$$page.txt; [ $$page != offline ] || text=$(BUNDLE)/README.txt; \
	  printf '\357\273\277' > $$text; \
	  sed -e '1,/^# /{/^#/!d}' -e 's/$$/\r/' docs/ja/$$page.md >> $$text; done
	cd $(BUNDLE) && find . -type f ! -name SHA256SUMS.txt | sort | xargs sha256sum > SHA256SUMS.txt
	cd build/release && tools/bin/python -m zipfile -c \
	  ../../dist/connhub-$(VERSION)-windows.zip connhub-windows
	$(TOOLS)/bin/python -m zipfile -e dist/connhub-$(VERSION)-windows.zip build/release/unpacked
	cd build/release/unpacked/connhub-windows && sha256sum --quiet --check SHA256SUMS.txt
	$(TOOLS)/bin/python release/check_bundle.py build/release/unpacked/connhub-windows/wheels

clean:
	rm -rf $(VENV) out build dist docs/_build docs/tutorial/*.ipynb
