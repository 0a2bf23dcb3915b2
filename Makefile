# make reproduce | make explain | make test | make bench: each sets up what it needs.
PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: reproduce explain test chromium bench clean

.venv/.ready: pyproject.toml constraints.txt
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python $(PIP) torch
	.venv/bin/python $(PIP) --editable '.[test]'
	touch $@

.venv-bench/.ready: pyproject.toml constraints.txt
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP) torch
	.venv-bench/bin/python $(PIP) --editable '.[bench]'
	touch $@

reproduce: .venv/.ready
	.venv/bin/bigenough reproduce $(ARGS)

# hours: the gap between the networks of 2017 on 50 draws of each size, and 50 fresh ones
explain: .venv/.ready
	.venv/bin/bigenough reproduce --explain 50 $(ARGS)

# the reports are tested in Debian's browser
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -qq -y chromium >/dev/null; \
	  elif command -v sudo >/dev/null; then sudo apt-get update -qq && sudo apt-get install -qq -y chromium >/dev/null; \
	  else echo "make test needs chromium; ask someone who may: apt install chromium" >&2; exit 1; fi; }

test: .venv/.ready chromium
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest

bench: .venv-bench/.ready
	.venv-bench/bin/python benchmarks/study_against_keras.py $(ARGS)
	.venv-bench/bin/python benchmarks/engine_limits.py
	.venv-bench/bin/python benchmarks/explain_cost.py

clean:
	rm -rf .venv .venv-bench build src/*.egg-info
