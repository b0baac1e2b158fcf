# The course's front door. `make` alone lists what there is. Written for GNU make 3.81 and later
# (macOS ships 3.81) and any POSIX shell.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UNFINISHED := $(VENV)/.unfinished

.DEFAULT_GOAL := help

# The stamp holds the folder it was made for. A folder that was moved or copied, or a Python that
# is gone, makes the environment useless: then the stamp is made again.
INSTALLED_FOR := $(shell test -x $(BIN)/python && cat $(STAMP) 2>/dev/null)
ifneq ($(INSTALLED_FOR),$(CURDIR))
$(STAMP): again
endif

.PHONY: help lab test build lock lint format clean again

help:
	@echo 'make lab     open the lessons in JupyterLab (installs what is needed the first time)'
	@echo 'make test    run everything: style, types, tests, and every notebook'
	@echo 'make build   build notebooks, exercises and solutions from the lessons'
	@echo 'make lint    style and types only'
	@echo 'make format  put the code into the house style'
	@echo 'make lock    choose the newest versions that pyproject.toml allows'
	@echo 'make clean   remove the environment, caches and the state of the lab'

lab: $(STAMP)
	@$(BIN)/fanout lab

test: $(STAMP)
	@$(BIN)/python tests/run.py

build: $(STAMP)
	@$(BIN)/fanout build

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyrefly check

format: $(STAMP)
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: python3 -m pip install uv'; exit 1; }
	uv pip compile --quiet --upgrade --universal --python-version 3.11 requirements.in \
	  -o requirements.txt --custom-compile-command "make lock"

clean:
	rm -rf $(VENV) .fanout/jupyter .pytest_cache .ruff_cache .hypothesis *.egg-info
	find fanout tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.txt pyproject.toml
	@sh -eu -c "$$FANOUT_INSTALL"

# --- Installing ----------------------------------------------------------------------------------
#
# An installation that was killed may have left half a package that pip takes for a whole one, so
# the next one starts from nothing (downloads are kept by pip). One that failed politely, say
# without a network, has changed nothing: the old environment stays, and is tried again.

define FANOUT_INSTALL
suits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
if [ -e $(UNFINISHED) ]; then
  echo 'The last installation was interrupted: starting it again.'
elif [ -e $(STAMP) ] && [ "$$(cat $(STAMP))" != "$$(pwd -P)" ]; then
  echo 'The folder was moved or copied since the last installation: installing again.'
elif [ -x $(BIN)/python ] && $(BIN)/python -c "$$suits" && $(BIN)/python -m pip --version >/dev/null 2>&1; then
  keep=yes
fi
if [ -z "$${keep:-}" ]; then
  python=
  for name in $${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$$name" -c "$$suits" >/dev/null 2>&1; then python=$$name; break; fi
  done
  if [ -z "$$python" ]; then
    echo 'The course needs Python 3.11, 3.12, 3.13 or 3.14, and none was found. Install one, then run'
    echo 'make again; one that is not on the PATH can be named: make lab PYTHON=/path/to/python3.13'
    exit 1
  fi
  if ! "$$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    echo "$$python comes without the venv module. On Debian and Ubuntu: sudo apt install python3-venv"
    exit 1
  fi
  echo "Making $(VENV) with $$("$$python" --version) ..."
  mkdir -p $(VENV)
  "$$python" -m venv --clear $(VENV)
fi
echo 'Installing what the course needs; the first time, this takes a minute or two ...'
: > $(UNFINISHED)
trap 'exit 130' INT TERM HUP
PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip install -qq --no-input \
  --disable-pip-version-check --no-warn-script-location -r requirements.txt || {
  rm -f $(UNFINISHED)
  echo 'The installation did not work; the reason is above. Without a network, wait until you have one:'
  echo 'it is needed only now, the course itself runs offline.'
  exit 1
}
rm -f $(UNFINISHED)
pwd -P > $(STAMP)
endef
export FANOUT_INSTALL
