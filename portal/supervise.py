"""Start everything together and stop it together: servers, web, worker, beat (`script/server`)."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from portal import embedded

ROOT = Path(__file__).resolve().parent.parent
DEMO_USERS = ("buyer", "buyer2", "merchant", "agent", "rival", "arbitrator", "senior", "platform")
PATIENCE = 60  # seconds until the site must answer


@dataclass
class Child:
    """One process of the product and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Stopped(Exception):
    """Somebody asked for the end (Ctrl-C, SIGTERM)."""


def main() -> int:
    """Run until stopped; return 0 then, 1 where something did not start or died."""
    port = int(os.environ.get("PORT", "8000"))
    data_dir = Path(os.environ.get("DATA_DIR", ROOT / ".data")).resolve()
    if not port_free(port):
        say(f"Port {port} is taken by another program. Choose another one:  PORT={port + 1} script/server")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    env = {**os.environ, "DATA_DIR": str(data_dir), "PORT": str(port)}
    env.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    children: list[Child] = []
    servers: list[str] = []
    try:
        if not (env.get("DATABASE_URL") and env.get("REDIS_URL")):
            embedded.start(data_dir)
            servers = ["redis", "postgres"]  # also those that a killed run left: they are ours
            env.setdefault("DATABASE_URL", embedded.database_url(data_dir))
            env.setdefault("REDIS_URL", embedded.redis_url(data_dir))
        prepare(env)
        (data_dir / "log").mkdir(parents=True, exist_ok=True)
        for name, command in commands(port, data_dir).items():
            children.append(launch(name, command, env, data_dir))
        wait_until_ready(port, children)
        announce(port, env)
        return watch(children)
    except Stopped:
        return 0
    except (embedded.EmbeddedError, RuntimeError, subprocess.CalledProcessError) as problem:
        say(f"Not started: {problem}")
        return 1
    finally:
        stop(children)
        if servers:
            embedded.stop(data_dir, servers)


def port_free(port: int) -> bool:
    """Tell whether nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def prepare(env: dict[str, str]) -> None:
    """Bring database and files up to date. Raises CalledProcessError."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run([*manage, *command], env=env, cwd=ROOT, check=True)  # noqa: S603
    if env.get("DEMO") == "1":
        subprocess.run([*manage, "load_demo"], env=env, cwd=ROOT, check=True)  # noqa: S603


def commands(port: int, data_dir: Path) -> dict[str, list[str]]:
    """Return the three processes of the product: name -> command."""
    python = [sys.executable, "-m"]
    queues = "deadlines,money,notices"
    return {
        "web": [
            *(*python, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "2", "--blocking-threads", "4", "--no-ws", "portal.wsgi:application"),
        ],
        "worker": [*python, "celery", "-A", "portal", "worker", "-c", "2", "-Q", queues, "-l", "WARNING"],
        "beat": [
            *python,
            "celery",
            "-A",
            "portal",
            "beat",
            "-s",
            str(data_dir / "beat"),
            "-l",
            "WARNING",
            "--pidfile=",
        ],
    }


def launch(name: str, command: list[str], env: dict[str, str], data_dir: Path) -> Child:
    """Start one process in a group of its own; the kernel ends it if this process is killed."""
    log = data_dir / "log" / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            command, env=env, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent
        )
    return Child(name, process, log)


def _die_with_parent() -> None:
    os.setpgid(0, 0)  # Ctrl-C reaches only the supervisor, which then stops its children in order
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def wait_until_ready(port: int, children: list[Child]) -> None:
    """Wait until every part says it is alive. Raises RuntimeError naming what is not, with its last words."""
    deadline = time.monotonic() + PATIENCE
    health = "no answer"
    while time.monotonic() < deadline:
        if dead := first_dead(children):
            raise RuntimeError(obituary(dead))
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=3):
                return
        except urllib.error.HTTPError as answer:
            health = answer.read().decode(errors="replace")[:500]
        except OSError as problem:
            health = str(problem)
        time.sleep(0.2)
    raise RuntimeError(f"not ready after {PATIENCE} s: {health}")


def announce(port: int, env: dict[str, str]) -> None:
    """Say where the site is and who can sign in."""
    say(f"Ready: http://127.0.0.1:{port}")
    if env.get("DEMO") == "1":
        say(f"Demo sign-ins (password: demo): {', '.join(DEMO_USERS)}")
    say("Ctrl-C stops everything.")


def watch(children: list[Child]) -> int:
    """Wait; when one process dies the others are stopped, too, and the reason is shown."""
    while True:
        if dead := first_dead(children):
            say(obituary(dead))
            return 1
        time.sleep(0.5)


def first_dead(children: list[Child]) -> Child | None:
    """Return the first process that has ended."""
    return next((c for c in children if c.process.poll() is not None), None)


def obituary(child: Child) -> str:
    """Say which process ended, how, and its last words."""
    tail = "\n".join(child.log.read_text(errors="replace").splitlines()[-15:])
    return f"{child.name} ended with code {child.process.returncode}. Its last lines ({child.log}):\n{tail}"


def stop(children: list[Child]) -> None:
    """Stop everything this run started, politely, then not."""
    for child in reversed(children):
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + 12
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        if number == signal.SIGKILL:
            os.killpg(child.process.pid, number)
        else:
            child.process.send_signal(number)
    except ProcessLookupError:
        pass


def _stop(number: int, _frame: object) -> None:
    raise Stopped


def say(text: str) -> None:
    """Write to the person who started this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
