# Two commands are all one needs: `make demo` and `make test`. Each does its own set-up.
PY := .venv/bin/python

# setup-render is for path-traced training pictures alone.
.PHONY: demo test test-long setup setup-train setup-render lint format clean

demo: setup
	.venv/bin/nonsite demo

test: setup lint
	$(PY) -m pytest -q -m "not long"

test-long: setup-train setup-render
	.venv-train/bin/python -m pytest -q -m long

setup:
	@scripts/setup

setup-train: setup
	@scripts/setup-train

setup-render: setup
	@scripts/setup-render

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format:
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

clean:
	rm -rf .venv .venv-train .venv-render node_modules .setup-stamp build dist *.egg-info
