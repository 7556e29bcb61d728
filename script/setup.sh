# Sourced by script/server and script/test: a virtual environment with what REQUIREMENTS names, from Python 3.11+ alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
  done
  echo "Python 3.11 or newer is needed; none was found. Install it, or name it: PYTHON=/path/to/python $0" >&2
  return 1
}

prepare() { # prepare REQUIREMENTS_FILE
  local python stamp wanted
  if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    python=$(find_python)
    rm -rf .venv
    "$python" -m venv .venv
  fi
  stamp=.venv/installed-$(basename "$1" .txt)
  wanted=$(cat requirements.txt "$1" | cksum)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing packages ..." >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$1" >&2
    echo "$wanted" >"$stamp"
  fi
  .venv/bin/python -m portal.translations
}
