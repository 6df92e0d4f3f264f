#!/usr/bin/env bash
# Runs the command as a pre-commit hook does: it is built from this copy of the repository the first time, and kept beside it.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
wardkey="$here/target/release/wardkey"

if [ ! -x "$wardkey" ]; then
  # from within, so that no settings of the repository that is checked apply
  (cd "$here" && cargo build --release --locked --quiet --package wardkey-cli --target-dir target) >&2
fi
exec "$wardkey" "$@"
