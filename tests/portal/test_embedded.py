"""The embedded servers come up again whatever a killed run has left; nothing that was stored is lost."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg2
import pytest
import redis

from portal import embedded, processes
from portal.embedded_postgres import socket_dir
from tests.portal.waiting import until


def sql(data_dir, *statements):
    connection = psycopg2.connect(host=str(socket_dir(data_dir)), user="portal", dbname="portal")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def pid_of(data_dir, server):
    return processes.read_pid(data_dir / {"postgres": "postgres/postmaster.pid", "redis": "redis.pid"}[server])


@pytest.fixture
def running(data_dir):
    """Both servers, with a row in the database."""
    embedded.start(data_dir)
    sql(data_dir, "CREATE TABLE IF NOT EXISTS kept (word text)", "TRUNCATE kept", "INSERT INTO kept VALUES ('here')")
    return data_dir


def whole(data_dir):
    """Both servers answer and the row is there."""
    client = redis.Redis(unix_socket_path=str(socket_dir(data_dir) / "redis.sock"))
    return sql(data_dir, "SELECT word FROM kept") == [("here",)] and client.ping()


def test_a_second_start_starts_nothing_and_keeps_the_data(running):
    assert embedded.start(running) == []
    embedded.stop(running)
    assert embedded.start(running) == ["postgres", "redis"]
    assert whole(running)


def test_after_a_sigkill_of_both_servers(running):
    for server in ("postgres", "redis"):
        os.kill(pid_of(running, server), signal.SIGKILL)
    until(lambda: not processes.working_in("redis-server", running))
    assert (socket_dir(running) / "redis.sock").exists()  # dead sockets and pid files are left
    assert (running / "postgres" / "postmaster.pid").exists()
    assert embedded.start(running) == ["postgres", "redis"]
    assert whole(running)


def test_a_backend_that_outlives_its_killed_server_is_ended_before_the_next_one_starts(running):
    def work():
        with pytest.raises(psycopg2.OperationalError):
            sql(running, "SELECT count(*) FROM generate_series(1, 100000000000) n WHERE n % 2 = 3")

    busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%% n %% 2 = 3' AND state = 'active' AND pid <> {}"
    thread = threading.Thread(target=work)
    thread.start()
    [(backend,)] = until(lambda: sql(running, busy.format("pg_backend_pid()")))
    os.kill(pid_of(running, "postgres"), signal.SIGKILL)
    assert "postgres" in embedded.start(running)
    assert not processes.is_ours(backend, "postgres", running / "postgres")
    thread.join(timeout=10)
    assert whole(running)


@pytest.mark.parametrize("server", ["postgres", "redis"])
def test_a_pid_file_that_names_somebody_elses_process(server, running):
    """After a restart of the machine the number in the file is anybody's: here this test's own."""
    embedded.stop(running)
    file = running / {"postgres": "postgres/postmaster.pid", "redis": "redis.pid"}[server]
    file.write_text(f"{os.getpid()}\n")
    embedded.start(running)
    assert whole(running)


def test_the_folder_of_the_sockets_was_tidied_away_under_living_servers(running):
    before = pid_of(running, "postgres")
    shutil.rmtree(socket_dir(running))
    assert embedded.start(running) == ["postgres", "redis"]
    assert pid_of(running, "postgres") != before
    assert whole(running)
    assert len(processes.working_in("redis-server", running)) == 1


def test_a_start_killed_while_the_cluster_is_made(data_dir):
    half = data_dir / "half"
    half.mkdir()
    code = f"from pathlib import Path; from portal import embedded; embedded.start(Path({str(half)!r}))"
    start = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    until(lambda: list(half.glob("postgres.new-*/base/1/*")), what="initdb has begun")
    os.kill(start.pid, signal.SIGKILL)  # its initdb lives on and still writes
    start.wait()
    assert not (half / "postgres").exists()
    try:
        assert embedded.start(half) == ["postgres", "redis"]
        assert sql(half, "SELECT 1") == [(1,)]
    finally:
        embedded.stop(half)


def test_two_starts_at_once(running):
    embedded.stop(running)
    started = []
    threads = [threading.Thread(target=lambda: started.append(embedded.start(running))) for _time in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [[], ["postgres", "redis"]]
    assert whole(running)


def test_whoever_uses_the_servers_last_stops_them(running):
    embedded.stop(running)
    addresses = {"DATABASE_URL": embedded.database_url(running), "REDIS_URL": embedded.redis_url(running)}
    with embedded.running(running, {}) as first:
        with embedded.running(running, {}) as second:
            assert (first, second) == (addresses, addresses)
        assert whole(running)
    assert not processes.working_in("postgres", running / "postgres")
    assert not processes.working_in("redis-server", running)


@pytest.mark.parametrize(
    ("given", "started"), [("DATABASE_URL", "redis-server"), ("REDIS_URL", "postgres"), ("both", None)]
)
def test_what_has_an_address_is_not_started(given, started, running):
    embedded.stop(running)
    env = {name: "somewhere" for name in ("DATABASE_URL", "REDIS_URL") if given in (name, "both")}
    with embedded.running(running, env) as addresses:
        assert not set(addresses) & set(env)
        homes = {"postgres": running / "postgres", "redis-server": running}
        assert [name for name, home in homes.items() if processes.working_in(name, home)] == [started] * bool(started)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for PostgreSQL")
def test_a_folder_that_postgresqls_account_cannot_enter_is_said_with_the_way_out(data_dir):
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(embedded.EmbeddedError, match=r"cannot enter .*closed.*DATA_DIR=/var/tmp/portal script/server"):
        embedded.start(closed)


def test_a_broken_setting_is_told_with_the_servers_own_words(running):
    embedded.stop(running)
    conf = Path(running / "postgres" / "postgresql.conf")
    before = conf.read_text()
    try:
        conf.write_text(f"{before}\nno_such_setting = 1\n")
        with pytest.raises(embedded.EmbeddedError, match="no_such_setting"):
            embedded.start(running)
    finally:
        conf.write_text(before)
