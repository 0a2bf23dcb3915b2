# make reproduce | make reproduce-h2o | make explain | make test | make bench: each sets up what it needs.
PYTHON ?= python3
PIP = -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

H2O_MODELS = leekasso,leekasso-1,leek-mlp,mlp,cnn,logistic,center-pixel,single-pixel,h2o-deeplearning,h2o-settings

.PHONY: reproduce reproduce-h2o explain test chromium java bench clean

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

# $(call debian,COMMAND,PACKAGE): install a package of Debian's where its command is missing
debian = command -v $(1) >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -qq -y $(2) >/dev/null; \
	  elif command -v sudo >/dev/null; then sudo apt-get update -qq && sudo apt-get install -qq -y $(2) >/dev/null; \
	  else echo "$(1) is missing; ask someone who may: apt install $(2)" >&2; exit 1; fi; }

chromium:  # the reports are tested in Debian's browser
	@$(call debian,chromium,chromium)

java:
	@$(call debian,java,openjdk-17-jre-headless)

reproduce-h2o: .venv/.ready java
	.venv/bin/python $(PIP) --editable '.[h2o]'
	.venv/bin/bigenough reproduce --out bigenough-2017-h2o --models $(H2O_MODELS) $(ARGS)

# hours: the gap between the networks of 2017 on 50 draws of each size, and 50 fresh ones
explain: .venv/.ready
	.venv/bin/bigenough reproduce --explain 50 $(ARGS)

test: .venv/.ready chromium
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m compileall -q src  # once, where PYTHONDONTWRITEBYTECODE would have each of the tests' processes do it
	OMP_NUM_THREADS=1 .venv/bin/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder  # a process a core, of one thread each

bench: .venv-bench/.ready
	.venv-bench/bin/python benchmarks/study_against_keras.py $(ARGS)
	.venv-bench/bin/python benchmarks/study_against_sklearn.py
	.venv-bench/bin/python benchmarks/engine_limits.py
	.venv-bench/bin/python benchmarks/explain_cost.py

clean:
	rm -rf .venv .venv-bench build src/*.egg-info
