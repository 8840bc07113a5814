# Everything here works from a bare Debian 12: the first target that needs it makes .venv and installs
# what is missing. PYTHON chooses the interpreter of a new .venv.

PYTHON ?= $(shell command -v python3.11 || echo python3)
BIN := .venv/bin
READY := .venv/ready
HOSTING := .venv/hosting
DOCS := .venv/docs
# Nothing comes in that is not pinned, and no file that is not the one that was pinned.
INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --no-deps

# Where bytecode is not kept, each worker and each program that a test starts compiles every module again, and pytest
# rewrites every assertion: 10 seconds of processor time a worker.
export PYTHONDONTWRITEBYTECODE :=

# Windows: a Windows Python and what it needs, for Wine.
WINDOWS := .windows/ready
PYTEST_ON_WINDOWS := -m pytest -p no:cacheprovider -q --timeout=300
# What is most likely to differ there: the files, the processes, the sockets and Qt's windows. For the long form
# are left: tests/recorder/test_two_processes.py (5 minutes: 150 processes), tests/sandbox (10) and the campaigns.
WINDOWS_CORE := tests/platform/test_clock.py tests/storage/test_journal.py tests/storage/test_recovery.py \
	tests/protocol/test_response.py tests/upload/test_transport.py tests/sandbox/test_local_time.py \
	tests/qt/test_forgetting.py tests/qt/test_app_state.py tests/qt/test_file_watcher.py \
	tests/windows/test_system.py

# A file stays in one process: its tests share servers, browsers and campaigns. tests/conftest.py has the order.
# Twice as many processes as there are processors, because half of the tests wait for something.
PARALLEL := --numprocesses $(shell expr 2 '*' $$(nproc)) --dist loadfile --no-loadscope-reorder

# The campaigns in their short forms (soak has the long ones), the sandbox in a browser and under floods, the tour of
# the demo, the benchmarks.
SLOW := tests/campaigns tests/sandbox/test_floods.py tests/sandbox/test_pages.py tests/sandbox/test_profile_page.py \
	tests/sandbox/test_served_pages.py tests/demo/test_tour.py tests/test_benchmarks.py

# The longest first.
TYPES := lint-types-linux lint-types-win32 lint-types-darwin
LINT := lint-public-types $(TYPES) lint-imports lint-style

.PHONY: test test-slow coverage test-long lint $(LINT) demo bench soak translations docs docs-links frozen audit package lint-hosting test-windows \
	test-windows-core frozen-windows

# For every change, in four minutes.
test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(PARALLEL) $(addprefix --ignore=,$(SLOW))

test-slow: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(PARALLEL) $(SLOW)

# All of them with coverage, which below Python 3.12 doubles what the tests of values cost.
coverage: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(PARALLEL) --cov

# The property tests alone, with forty times as many examples: for a night, or after a change of the rules.
test-long: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(PARALLEL) -m hypothesis --hypothesis-profile long --timeout 3600

# Its parts do not need each other: as many at a time as there are processors, and each prints when it is through.
lint: $(READY)
	$(MAKE) --no-print-directory --output-sync=target --jobs $$(nproc) $(LINT)

lint-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# One cache for each system: mypy throws away one that was written for another.
$(TYPES): lint-types-%:
	$(BIN)/mypy --platform $* --cache-dir .mypy_cache/$*

lint-imports:
	$(BIN)/lint-imports

lint-public-types:
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes braze_qt --ignoreexternal

demo: $(READY)
	$(BIN)/python -m demo_app

bench: $(READY)
	$(BIN)/python -m benchmarks

soak: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.campaigns $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

# The texts of the widgets for translators, and the module with the translations.
translations: $(READY)
	$(BIN)/python tools/translations.py

# The site of docs/, into build/site.
docs: $(DOCS) build/docs-static/mermaid.min.js
	$(BIN)/python tools/screenshots.py
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs build/site

# Whether the addresses elsewhere that the site names are there still.
docs-links: $(DOCS) build/docs-static/mermaid.min.js
	if $(BIN)/python -c 'import socket; socket.create_connection(("www.python.org", 443), 5)' 2>/dev/null; \
	then $(BIN)/python -m sphinx --builder linkcheck --fail-on-warning --keep-going --quiet docs build/linkcheck; \
	else echo "no network: external links were not tried"; fi

build/docs-static/mermaid.min.js: $(READY) tools/mermaid.py
	$(BIN)/python tools/mermaid.py $@

$(DOCS): $(READY) constraints-docs.txt
	$(INSTALL) --requirement constraints-docs.txt
	touch $@

frozen: $(READY)
	$(BIN)/python tests/frozen/check.py

test-windows: $(WINDOWS)
	tools/windows/test

test-windows-core: $(WINDOWS)
	tools/windows/python $(PYTEST_ON_WINDOWS) $(WINDOWS_CORE)
	tools/windows/desktop $(PYTEST_ON_WINDOWS) tests/windows/test_desktop.py

frozen-windows: $(WINDOWS)
	tools/windows/desktop tests/frozen/check_windows.py

# Asks PyPI for known faults of every version that is pinned; what cannot be asked is a failure.
audit: $(READY)
	$(INSTALL) --requirement constraints-audit.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip \
		--requirement constraints.txt --requirement constraints-audit.txt --requirement constraints-hosting.txt \
		--requirement constraints-docs.txt

# The files for PyPI, as it would show and install them.
package: $(HOSTING)
	rm -rf dist
	$(BIN)/python -m hatchling build
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

# What runs where the repository is hosted, as far as it can be checked here: no workflow runs on this machine.
# No package that could be pinned brings actionlint itself: it is used where it is installed, with our shellcheck.
lint-hosting: $(HOSTING)
	$(BIN)/zizmor --offline --persona pedantic .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/pre-commit validate-config .pre-commit-config.yaml
	if command -v actionlint; then PATH="$(CURDIR)/$(BIN):$$PATH" actionlint; else echo "actionlint: not installed, not run"; fi

$(HOSTING): $(READY) constraints-hosting.txt
	$(INSTALL) --requirement constraints-hosting.txt
	touch $@

$(READY): pyproject.toml constraints.txt tools/system-packages
	tools/system-packages
	$(PYTHON) -m venv .venv
	$(INSTALL) --requirement constraints.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	touch $@

$(WINDOWS): $(READY) tools/windows/set-up tools/windows/requirements.txt $(wildcard tools/windows/*.c)
	tools/system-packages windows
	tools/windows/set-up .windows
	touch $@
