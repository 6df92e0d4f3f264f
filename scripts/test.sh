#!/usr/bin/env bash
# Everything that is tested: form, lints, licences, unit, property, conformance and command-line tests, documentation, the policies
# in `policies/` by their own tests, and the Python wheel in a fresh environment. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

if ! "${PYTHON:-python3}" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo "Python 3.10 or later is needed, with its module venv, to test the wheel" >&2
  exit 2
fi

step "format"
cargo fmt --all --check

step "lints"
cargo clippy --workspace --all-targets --quiet -- --deny warnings

step "licences and bans"
if ! cargo deny --version >/dev/null 2>&1; then
  cargo install --locked --quiet cargo-deny
fi
cargo deny --log-level error check bans licenses sources

step "tests"
cargo test --workspace --quiet

step "documentation"
RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --quiet

step "policies"
for policy in policies/*/; do
  cargo run --quiet -- check "$policy"
  cargo run --quiet -- test "$policy"
done

step "python"
bash bindings/python/build.sh
