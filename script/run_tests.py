"""Run pytest on servers of its own, which are gone afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from portal import embedded


def main(args: list[str]) -> int:
    data_dir = Path(tempfile.mkdtemp(prefix="portal-test-", dir="/var/tmp" if os.geteuid() == 0 else None))
    data_dir.chmod(0o755)
    (data_dir / "static").mkdir()
    env = {**os.environ, "DATA_DIR": str(data_dir)}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with embedded.running(data_dir, env, throwaway=True) as addresses:
            return subprocess.call([sys.executable, "-m", "pytest", *spread(args), *args], env={**env, **addresses})
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


def spread(args: list[str]) -> list[str]:
    """Use two processes unless the caller says otherwise or names a single file or test."""
    if any(a.startswith(("-n", "--numprocesses", "-p")) or a == "--pdb" for a in args):
        return []
    files = [a for a in args if ".py" in a]
    return [] if len(files) == 1 and len(args) <= 3 else ["-n", "2", "--dist", "loadscope"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
