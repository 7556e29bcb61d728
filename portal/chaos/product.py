"""A product of its own that is kept alive while somebody kills it: what has died is started again at once."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg2

from portal import embedded, processes, supervise

PARTS = ("web", "worker", "beat", "redis", "postgres")
WEIGHTS = (25, 30, 15, 15, 15)


class Product:
    """Servers and processes on a data folder, as `script/server` starts them. `kept()` holds while it should run."""

    def __init__(self, data_dir: Path, port: int, env: dict[str, str]) -> None:
        self.data_dir, self.port, self.env = data_dir, port, env
        self.address = f"http://127.0.0.1:{port}"
        self.kills: Counter[str] = Counter()
        self._children: dict[str, supervise.Child] = {}
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start everything and keep it alive from now on. Raises NotStarted."""
        (self.data_dir / "log").mkdir(parents=True, exist_ok=True)
        for name in supervise.commands(self.port, self.data_dir):
            self._launch(name)
        supervise.wait_until_ready(self.port, list(self._children.values()))
        self._keeper.start()

    def kill(self, chance: random.Random) -> None:
        """Send SIGKILL to one part: to a whole group of processes, or to a single one of it."""
        part = chance.choices(PARTS, WEIGHTS)[0]
        alone = chance.random() < 0.3
        self.kills[part] += 1
        if part in self._children:
            self._kill_group(self._children[part].process.pid, alone, chance)
        else:
            file = self.data_dir / {"postgres": "postgres/postmaster.pid", "redis": "redis.pid"}[part]
            if pid := processes.read_pid(file):
                _kill(pid)

    def stop_background(self) -> None:
        """Stop worker and beat for good: what is done from now on, a command does."""
        self._stopping.set()
        self._keeper.join(60)
        supervise.stop([child for name, child in self._children.items() if name != "web"])
        embedded.start(self.data_dir)
        if self._children["web"].process.poll() is not None:
            self._launch("web")

    def stop(self) -> None:
        """Stop everything."""
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join(60)
        supervise.stop(list(self._children.values()))

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a management command on this product."""
        line = [sys.executable, str(supervise.ROOT / "manage.py"), *command]
        return subprocess.run(line, env=self.env, cwd=supervise.ROOT, text=True, capture_output=True, check=False)  # noqa: S603

    def _kill_group(self, group: int, alone: bool, chance: random.Random) -> None:
        if not alone:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        elif members := _members(group):
            _kill(chance.choice(members))

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with suppress(
                embedded.EmbeddedError, psycopg2.Error, OSError
            ):  # killed on its way up: the next round tries
                embedded.start(self.data_dir)
            for name, child in list(self._children.items()):
                if child.process.poll() is not None:
                    supervise.stop([child])  # what its group has left behind
                    self._launch(name)
            time.sleep(0.2)

    def _launch(self, name: str) -> None:
        command = supervise.commands(self.port, self.data_dir)[name]
        self._children[name] = supervise.launch(name, command, self.env, self.data_dir)


def _members(group: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.append(int(stat.parent.name))
    return found


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
