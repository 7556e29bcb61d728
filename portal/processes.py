"""Processes that an earlier run may have left: found by what they are and where they work, never by number alone."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def read_pid(file: Path) -> int | None:
    """Return the process id in a pid file, or None where there is none."""
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def working_in(program: str, home: Path) -> list[int]:
    """Return the ids of a program's processes whose working directory is `home` (Linux; elsewhere none)."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if is_ours(pid, program, home)]


def is_ours(pid: int, program: str, home: Path) -> bool:
    """Tell whether a process id is of a program that works in `home`: ids are used again for somebody else's."""
    process = Path(f"/proc/{pid}")
    try:
        if process.joinpath("comm").read_text().strip() != program:
            return False
        return process.joinpath("cwd").readlink() == home.resolve()
    except OSError:
        return False


def stop(pid: int | None, program: str, home: Path, first: signal.Signals = signal.SIGTERM) -> None:
    """Stop a process that is ours, politely, then not; leave every other one alone."""
    for sign in (first, signal.SIGKILL):
        if pid is None or not is_ours(pid, program, home):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and is_ours(pid, program, home):
            time.sleep(0.05)
