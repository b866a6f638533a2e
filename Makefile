# Every command a person types. `make` alone lists them.

PYTHON ?= python3
PORT   ?= 8000
LAB    ?= trixie
RUNS   ?= 50
AT     ?= start
RELAY  ?= 8080
EPUBCHECK ?= /usr/share/java/epubcheck.jar
LABS   := trixie|bookworm|mod_wsgi-6|all
HOSTS  := trixie|forky

# One thing after another, whatever MAKEFLAGS says: they share folders, the lab and what installs packages.
.NOTPARALLEL:

# All files are in UTF-8, whatever the locale says; and Sphinx ends where the locale that is named is not installed.
export PYTHONUTF8 := 1
# What runner and tools know of the pages is in _ext.
export PYTHONPATH := _ext
export LC_ALL := C
export OFFLINE NO_INSTALL INSTALL MIRROR CHROMIUM EPUBCHECK LAB_ENGINE LAB_UNBOUNDED SITE_URL REPO_URL

VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/ready
BUILT  := build/site.built
PYTEST := $(PY) -m pytest -q
SPHINX := $(PY) -m sphinx -q -n -W --keep-going -c .
, := ,

help:
	@echo "Read and present:"
	@echo "  make serve            tutorial at http://localhost:$(PORT)/, deck at /slides/, rebuilt on change (PORT=$(PORT))"
	@echo "  make site             build both into build/site/; SITE_URL=https://…: also what needs the site's address"
	@echo "  make demo             the deck with a machine behind it, live, at http://127.0.0.1:$(RELAY)/slides/?live"
	@echo "  make pdf book epub    the deck as build/slides.pdf and handout.pdf, the tutorial as build/book.pdf and tutorial.epub"
	@echo "  make try PAGE=…       a shell on that page's machine, its port 80 at 127.0.0.1:$(RELAY) (RELAY=…)"
	@echo "                        AT=end: as the page leaves it; LAB=bookworm: on another Debian"
	@echo "Write a page (the first run builds the lab, one to two minutes a release):"
	@echo "  make watch PAGE=…     run the page each time you save it, from the block that you changed (LAB=…)"
	@echo "  make snippets-test    run every block on slides and pages, on a real Apache"
	@echo "                        LAB=$(LABS), PAGE=tutorial/install, FRESH=1: don't reuse earlier results"
	@echo "  make transcripts      write the output that came into the pages (PAGE=…); review the diff"
	@echo "  make mutants          change one thing at a time and check that the suite notices (PAGE=…, FRESH=1)"
	@echo "Check:"
	@echo "  make test             lint, unit, test-lab, snippets-test, test-site and test-browser"
	@echo "  make lint unit        what needs nothing else: ruff, mypy, sphinx-lint; tests without engine, site or browser"
	@echo "  make test-lab         test the lab, and how pages run on it"
	@echo "  make test-site        test what make site has built; make test-browser: the site and the deck, in a real browser"
	@echo "  make linkcheck        check every link; OFFLINE=1: only links within the site"
	@echo "  make test-engines     compare the verdicts with podman and with docker, if installed (LAB=…)"
	@echo "  make test-hosts       run a page with each engine, on a virtual machine with control groups v2 (HOST=$(HOSTS))"
	@echo "  make soak             run the suite RUNS=50 times, shuffled, with one core busy (LAB=…, SEED=…)"
	@echo "Maintain:"
	@echo "  make record           write snippets/recorded, after make snippets-test LAB=all: verdicts, demo, reference, pictures"
	@echo "  make verdicts         write only the verdicts, for people who have never run the lab"
	@echo "  make record-lessons   record which lessons run in a browser, block by block (PAGE=…)"
	@echo "  make browser-machine  make the machine that runs them there; make site includes it, if you have made it"
	@echo "  make merge            put the results of labs that ran side by side into one file: RESULTS='one.json other.json'"
	@echo "  make addresses        list the site's addresses in tests/data/addresses.txt before you publish it; none may be lost"
	@echo "  make bench            measure what a page costs besides its commands; make bench-servers: the talk's servers, 4 min"
	@echo "  make lock             pin the Python packages again, from pyproject.toml and lab/images/wheels.in"
	@echo "  make update           update everything that is pinned, then run every check; review the diff"
	@echo "  make clean            remove what was built; make clean-lab: the lab's images, of all checkouts"

# -- Set-up --------------------------------------------------------------------------------------

# Which Python there is in the environment; a system that was upgraded may have taken it away, or put another in its place.
WHICH  := import sys; print(sys.base_prefix, *sys.version_info[:2])
THERE  := $(shell $(PY) -c '$(WHICH)' 2>/dev/null)
WANTED := $(if $(filter file,$(origin PYTHON)),$(THERE),$(shell $(PYTHON) -c '$(WHICH)' 2>/dev/null))
MADE   := $(shell cat $(READY) 2>/dev/null)
SOME   := $(if $(THERE),$(PY),$(PYTHON))
ifneq "$(THERE)|$(WANTED)" "$(MADE)|$(MADE)"
SOME   := $(PYTHON)
$(READY): anew
endif

# What was typed is looked at before anything is set up for it.
typed:
	@refuse() { echo "make: $$1" >&2; exit 1; }; \
	for it in "PORT=$(PORT)" "RELAY=$(RELAY)" "RUNS=$(RUNS)" "SEED=$(or $(SEED),1)"; do \
	  case "$${it#*=}" in ''|0*|*[!0-9]*|???????????*) refuse "$$it: it must be a number, from 1";; esac; \
	done; \
	for it in "PORT=$(PORT)" "RELAY=$(RELAY)"; do \
	  test "$${it#*=}" -le 65535 || refuse "$$it: a port is at most 65535"; \
	done; \
	case "$(AT)" in start|end) ;; *) refuse "AT=$(AT): it must be start or end";; esac; \
	case "$(LAB)" in $(LABS)) ;; *) refuse "LAB=$(LAB): it must be $(LABS)";; esac; \
	case "$(HOST)" in ''|$(HOSTS)) ;; *) refuse "HOST=$(HOST): it must be $(HOSTS)";; esac; \
	test -z "$(PAGE)" || test -f "$(PAGE).rst" || refuse "PAGE=$(PAGE): there is no such page. A page is named like its file: PAGE=tutorial/install"; \
	for it in $(RESULTS); do test -f "$$it" || refuse "RESULTS=$(RESULTS): there is no file $$it"; done; \
	others=$$(test "$$(id -u)" = 0 || find build .venv -maxdepth 2 ! -user "$$(id -u)" 2>/dev/null | head -n 1); \
	test -z "$$others" || refuse "$$others belongs to another user, from an earlier run as root. Type: sudo chown -R $$(id -un) $${others%%/*}"

one-page: typed
	@test -n "$(PAGE)" || { echo "make: name a page: make $(MAKECMDGOALS) PAGE=tutorial/install" >&2; exit 1; }
	@test "$(LAB)" != all || { echo "make: LAB=all: this command takes only one lab" >&2; exit 1; }

define python-fits
	@command -v $(PYTHON) >/dev/null || { echo "make: there is no $(PYTHON). On Debian: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is $$($(PYTHON) -V), but 3.11 or newer is needed. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) has no venv module. On Debian: sudo apt-get install python3-venv" >&2; exit 1; }
endef

$(READY): requirements.txt | typed
	$(python-fits)
	@echo "Installing what requirements.txt names into $(VENV), about a minute"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(PY) -c '$(WHICH)' > $@

# An engine for the lab, a browser for the deck: installed if this is Debian and you are root, otherwise asked for.
# The others are asked for, unless INSTALL=1. And all of it before a minute goes into an environment.
engine chromium browser-machine-tools epubcheck host-tools: typed
	$(if $(filter $(PY),$(SOME)),,$(python-fits))
	@$(SOME) -m tools.needs $@

# -- Read and present ----------------------------------------------------------------------------

MACHINE = $(wildcard build/browser-machine/site/lab.json)
# What the site is made from: folders too, for what is removed from them; and with no site, whatever there is.
SOURCES = $(shell find conf.py _ext doctor tutorial slides snippets tests/data/mutants.toml -not -path '*__pycache__*' 2>/dev/null) \
          $(wildcard build/snippets/results.json snippets/recorded/browser.json) $(MACHINE) $(if $(wildcard build/site/index.html),,anew) \
          $(if $(filter $(FOR),$(shell cat $(BUILT) 2>/dev/null)),,anew)
FOR := site=$(SITE_URL),repository=$(REPO_URL),machine=$(MACHINE)

# One page counts what stands on all.
manifest: $(READY)
	@$(PY) -m snippets.build

tutorial-html: manifest
	@$(SPHINX) -b html -j auto -d build/doctrees/tutorial tutorial build/site

llms: $(READY) tutorial-html
	@$(SPHINX) -b llms -d build/doctrees/tutorial tutorial build/site

slides-html: $(READY) tutorial-html
	@$(SPHINX) -b revealjs -t slides -d build/doctrees/slides slides build/site/slides

site: $(BUILT)
	@echo "Built: build/site/index.html and build/site/slides/index.html$(if $(SITE_URL),,; SITE_URL is not set$(,) so there is no sitemap$(,) canonical link$(,) OpenGraph or QR code)$(if $(MACHINE),,; there is no browser machine (make browser-machine)$(,) so lessons do not run in the browser)"

$(BUILT): $(READY) $(SOURCES)
	@$(MAKE) --no-print-directory slides-html llms
	@echo '$(FOR)' > $@

serve: $(READY)
	@$(PY) -m tools.serve $(PORT)

try: one-page engine $(READY)
	@$(PY) -m tools.try_page $(PAGE) $(AT) $(LAB) $(RELAY)

watch: one-page engine $(READY)
	@$(PY) -m tools.watch $(PAGE) $(LAB)

demo: engine $(BUILT)
	@$(PY) -m tools.demo $(RELAY)

browser-machine: browser-machine-tools $(READY)
	@$(PY) -m tools.browser_machine.build

pdf: chromium $(BUILT)
	@$(PY) -m tools.print.deck

book: chromium $(BUILT)
	@$(PY) -m tools.print.book

epub: epubcheck $(READY)
	@rm -rf build/epub  # what lies there would go into it
	@$(SPHINX) -b epub -d build/doctrees/tutorial tutorial build/epub
	@java -jar $(EPUBCHECK) --error --quiet build/epub/tutorial.epub
	@cp build/epub/tutorial.epub build/tutorial.epub
	@echo "written: build/tutorial.epub"

# -- Check ---------------------------------------------------------------------------------------

test: engine chromium lint unit test-lab snippets-test test-site test-browser

lint: $(READY)
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m sphinxlint --enable all --disable line-too-long tutorial slides README.md CONTRIBUTING.md ARCHITECTURE.md CHANGELOG.md
	$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(PY) -m check_jsonschema --builtin-schema vendor.readthedocs .readthedocs.yaml
	$(PY) -m check_jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

# What holds on each Python, wherever it is. The engine is none, so that a test which wants one fails.
unit: $(READY)
	LAB_ENGINE=none $(PYTEST) -p no:playwright --numprocesses=auto --dist=loadfile --junitxml=build/junit/unit.xml tests/unit

# Two at a time, as tried, on any machine: what is timed there wants one that is not full.
test-lab: engine $(READY)
	$(PYTEST) -p no:playwright --numprocesses=2 --dist=loadfile --junitxml=build/junit/lab.xml tests/lab

# By a make of its own: what the pages' run has left counts.
test-site: $(READY) told
	$(PYTEST) -p no:playwright --numprocesses=auto --dist=loadfile --junitxml=build/junit/site.xml tests/site

# The site is told of a run that failed too: it takes back what it said of the blocks.
snippets-test: engine $(READY)
	@$(MAKE) --no-print-directory --keep-going blocks told

blocks: $(READY)
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(PYTEST) --capture=no -r N --junitxml=build/junit/pages.xml tests/pages --lab=$(LAB) --page=$(PAGE) $(if $(FRESH),--fresh)

told:
	@$(MAKE) -s $(BUILT)

# Of labs that ran elsewhere, side by side.
results-named: typed
	@test -n "$(RESULTS)" || { echo "make: name the results: make merge RESULTS='one.json other.json'" >&2; exit 1; }

merge: results-named $(READY)
	@$(PY) -m tools.merge $(RESULTS)

test-browser: chromium $(READY) told
	$(PYTEST) --numprocesses=auto --dist=loadgroup --junitxml=build/junit/browser.xml tests/browser

linkcheck: $(BUILT)
	@$(PY) -m tools.links

# -- Maintain ------------------------------------------------------------------------------------

bench: engine $(READY)
	@$(PY) -m tools.bench

bench-servers: engine $(READY)
	@$(PY) -m tools.servers.bench

soak: engine $(READY)
	@$(PY) -m tools.soak $(RUNS) $(LAB) $(SEED)

test-engines: $(READY)
	@$(PY) -m tools.engines $(LAB)

test-hosts: host-tools engine $(READY)
	@$(PY) -m tools.hosts.host $(HOST)

# The reference and the demo need no browser, and the pictures show a site that has them.
record: something-ran engine $(READY)
	@$(PY) -m tools.record.verdicts
	@$(PY) -m tools.demo record
	@$(PY) -m tools.record.modules
	@$(MAKE) --no-print-directory pictures

something-ran: typed
	@test -e build/snippets/results.json || { echo "make: nothing has run yet: make snippets-test LAB=all" >&2; exit 1; }

verdicts: something-ran $(READY)
	@$(PY) -m tools.record.verdicts

record-lessons: chromium browser-machine
	@$(SPHINX) -D inbrowser_try=1 -b html -j auto -d build/doctrees/try tutorial build/browser-machine/try
	@$(PY) -m tools.record.lessons $(PAGE)

pictures: chromium $(BUILT)
	@$(PY) -m tools.record.pictures

addresses: $(BUILT)
	@$(PY) -m tools.addresses

mutants: engine $(READY)
	@$(PY) -m tools.mutants $(if $(FRESH),--fresh) $(PAGE)

transcripts: engine $(READY)
	@$(PY) -m tools.transcripts $(PAGE)

# For each Python from the oldest on, and each system: what only some of them need has a marker.
LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock: $(READY)
	$(LOCK) $(UPGRADE) --output-file requirements.txt pyproject.toml
	$(LOCK) $(UPGRADE) --output-file lab/images/wheels.txt lab/images/wheels.in

update: browser-machine-tools $(READY)
	@$(PY) -m tools.update
	@$(MAKE) lock UPGRADE=--upgrade
	@$(MAKE) test linkcheck FRESH=1 LAB=all

clean:
	rm -rf build

clean-lab: $(READY)
	@$(PY) -m tools.images remove

.PHONY: help typed one-page results-named something-ran blocks told engine chromium browser-machine-tools browser-machine record-lessons epubcheck manifest tutorial-html slides-html llms site serve try watch demo pdf book epub test lint unit test-lab test-site test-browser snippets-test merge linkcheck soak test-engines test-hosts host-tools record verdicts pictures addresses mutants transcripts bench bench-servers lock update clean clean-lab anew
