"""Start everything together and stop it together: servers, web, worker, beat (`script/server`)."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portal import embedded

ROOT = Path(__file__).resolve().parent.parent
DEMO_USERS = ("buyer", "buyer2", "merchant", "agent", "rival", "arbitrator", "senior", "platform")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60  # seconds until the site must answer


@dataclass
class Child:
    """One process of the product and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class NotStarted(Exception):
    """Something did not start; the message says what, why, and the way out."""


class Stopped(Exception):
    """Somebody asked for the end (Ctrl-C, SIGTERM)."""


def main() -> int:
    """Run until stopped; return 0 then, 1 where something did not start or died."""
    for number in ENDINGS:
        signal.signal(number, _stop)
    data_dir = Path(os.environ.get("DATA_DIR", ROOT / ".data")).resolve()
    try:
        port = free_port(os.environ.get("PORT", "8000"))
        env = {"DJANGO_SETTINGS_MODULE": "portal.settings", **os.environ, "DATA_DIR": str(data_dir), "PORT": str(port)}
        with embedded.running(data_dir, env) as addresses:
            return run(port, data_dir, env | addresses)
    except Stopped:
        return 0
    except (embedded.EmbeddedError, NotStarted, OSError) as problem:
        say(f"Not started: {problem}")
        return 1


def run(port: int, data_dir: Path, env: dict[str, str]) -> int:
    """Start the processes, wait until one dies (then return 1) and stop them. Raises NotStarted, Stopped."""
    children: list[Child] = []
    try:
        prepare(env)
        (data_dir / "log").mkdir(parents=True, exist_ok=True)
        for name, command in commands(port, data_dir).items():
            children.append(launch(name, command, env, data_dir))
        wait_until_ready(port, children)
        announce(port, env)
        return watch(children)
    finally:
        for number in ENDINGS:  # a second Ctrl-C must not leave half of them running
            signal.signal(number, signal.SIG_IGN)
        stop(children)


def free_port(wanted: str) -> int:
    """Return the port to listen on. Raises NotStarted where it is none, or somebody else has it."""
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise NotStarted(f"PORT={wanted} is not a number from 1 to 65535.")
    port = int(wanted)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            why = "is taken by another program" if problem.errno == errno.EADDRINUSE else f"cannot be used ({problem})"
            other = port + 1 if 1024 <= port < 65535 else 8000
            raise NotStarted(f"port {port} {why}. Choose another one:  PORT={other} script/server") from problem
    return port


def prepare(env: dict[str, str]) -> None:
    """Bring database and files up to date. Raises NotStarted with the last words of the step that failed."""
    manage(env, "migrate", "--verbosity", "0")
    manage(env, "collectstatic", "--noinput", "--verbosity", "0")
    if env.get("DEMO") == "1":
        manage(env, "load_demo")


def manage(env: dict[str, str], *command: str) -> None:
    """Run a management command. Raises NotStarted."""
    line = [sys.executable, str(ROOT / "manage.py"), *command]
    # In a group of its own, so that Ctrl-C reaches it through this process alone.
    with subprocess.Popen(line, env=env, cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=_die_with_parent) as step:  # noqa: S603
        try:
            _out, words = step.communicate()
        except Stopped:
            step.terminate()
            raise
    if step.returncode:
        raise NotStarted(f"{command[0]} failed.\n{last_lines(words.decode(errors='replace'))}")


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
    """Wait until every part says it is alive. Raises NotStarted naming what is not, with its last words."""
    deadline = time.monotonic() + PATIENCE
    health = "no answer"
    while time.monotonic() < deadline:
        if dead := first_dead(children):
            raise NotStarted(obituary(dead))
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=3):
                return
        except urllib.error.HTTPError as answer:
            health = answer.read().decode(errors="replace")[:500]
        except OSError as problem:
            health = str(problem)
        time.sleep(0.2)
    raise NotStarted(f"not ready after {PATIENCE} s: {health}")


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
    words = last_lines(child.log.read_text(errors="replace"))
    return f"{child.name} ended with code {child.process.returncode}. Its last lines ({child.log}):\n{words}"


def last_lines(text: str) -> str:
    """Return the end of a log: what went wrong stands there."""
    return "\n".join(text.splitlines()[-15:])


def stop(children: list[Child]) -> None:
    """Stop everything this run started, politely, then not; also what a dead process has left behind."""
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + 12
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.1, deadline - time.monotonic()))
        with suppress(ProcessLookupError):  # none is left of its group
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _stop(number: int, _frame: object) -> None:
    raise Stopped


def say(text: str) -> None:
    """Write to the person who started this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
