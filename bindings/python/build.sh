#!/usr/bin/env bash
# Builds the wheel in a virtual environment of its own, installs it into a second one, and tests it there: answers, examples, types.
# The wheel is left in `dist`. With `--wheel` that is all. Needs a Rust toolchain, Python 3.10 or later, and a package index.
set -euo pipefail
cd "$(dirname "$0")"

step() { printf '\n== %s\n' "$1"; }
python="${PYTHON:-python3}"

step "wheel"
[ -d .venv/build ] || "$python" -m venv .venv/build
.venv/build/bin/pip install --quiet --disable-pip-version-check "maturin>=1.9,<2"
rm -rf dist
.venv/build/bin/maturin build --release --locked --quiet --out dist
ls -l dist/*.whl
[ "${1:-}" != "--wheel" ] || exit 0

step "form and lints"
cargo fmt --check
cargo clippy --locked --release --quiet -- --deny warnings

step "a fresh environment"
rm -rf .venv/test
"$python" -m venv .venv/test
.venv/test/bin/pip install --quiet --disable-pip-version-check dist/*.whl --requirement tests/requirements.txt
# beside the reference evaluator, which the wheel does not have
if [ -z "${WARDKEY_REFERENCE:-}" ]; then
  cargo build --quiet --manifest-path ../../Cargo.toml --package wardkey-testing --example reference
  WARDKEY_REFERENCE="$(realpath "${CARGO_TARGET_DIR:-../../target}/debug/examples/reference")"
fi
export WARDKEY_REFERENCE

step "tests"
.venv/test/bin/python -m pytest --quiet

step "examples"
for example in hosts/fastapi hosts/django review; do
  (cd ../../examples/"$example" && "$OLDPWD"/.venv/test/bin/python -m pytest --quiet)
done

step "types"
.venv/test/bin/mypy
.venv/test/bin/pyright --pythonpath .venv/test/bin/python
.venv/test/bin/python -m mypy.stubtest wardkey --allowlist stubtest.txt --mypy-config-file pyproject.toml
