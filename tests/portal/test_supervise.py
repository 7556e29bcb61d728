"""`script/server` for real: everything comes up together, goes down together, and says why."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from portal import embedded, processes
from portal.embedded_postgres import socket_dir
from tests.portal.waiting import until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def server(data_dir, **env):
    """`python -m portal.supervise`, which `script/server` becomes; its output goes to a file."""
    data_dir.mkdir(exist_ok=True)
    said = data_dir / "said"
    own = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "DEMO": "0", "DATA_DIR": str(data_dir), **env}
    with said.open("wb") as out:
        command = [sys.executable, "-m", "portal.supervise"]
        process = subprocess.Popen(command, env=own, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process, said.read_text
    finally:
        process.terminate()
        process.wait(30)


def ready(process, said):
    return until(lambda: process.poll() is not None or "Ready: http" in said(), seconds=90) and process.poll() is None


def children_of(data_dir):
    """What runs on a data folder beside its servers: name -> process ids."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = process.joinpath("environ").read_text(errors="replace").split("\0")
            command = process.joinpath("cmdline").read_text(errors="replace")
        except OSError:
            continue
        if f"DATA_DIR={data_dir}" in environment and "portal.supervise" not in command:
            name = re.search("beat|worker|granian", command)
            found.setdefault(name[0] if name else command, []).append(int(process.name))
    return found


def servers_of(data_dir):
    homes = {"postgres": data_dir / "postgres", "redis-server": data_dir}
    return {name for name, home in homes.items() if processes.working_in(name, home)}


def sql(data_dir, statement):
    connection = psycopg2.connect(host=str(socket_dir(data_dir)), user="portal", dbname="portal")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def test_started_killed_and_started_again_until_a_process_dies(data_dir):
    port = free_port()
    with server(data_dir, PORT=port) as (process, said):
        assert ready(process, said), said()
        assert f"Ready: http://127.0.0.1:{port}" in said()
        assert set(children_of(data_dir)) == {"granian", "worker", "beat"}
        sql(data_dir, "CREATE TABLE kept AS SELECT 'here' AS word")
        a_taken_port_is_said_with_the_way_out(int(port), data_dir)
        process.kill()
        process.wait()
        until(lambda: not children_of(data_dir), what="the kernel ends the children of a killed supervisor")
        assert servers_of(data_dir) == {"postgres", "redis-server"}
        for name, home in {"postgres": data_dir / "postgres", "redis-server": data_dir}.items():
            for pid in processes.working_in(name, home):
                os.kill(pid, signal.SIGKILL)

    with server(data_dir, PORT=port) as (process, said):
        assert ready(process, said), said()
        assert sql(data_dir, "SELECT word FROM kept") == [("here",)]
        os.kill(min(children_of(data_dir)["worker"]), signal.SIGKILL)
        assert process.wait(30) == 1
        assert "worker ended with code -9. Its last lines" in said()
        assert not children_of(data_dir)
        assert not servers_of(data_dir)


def a_taken_port_is_said_with_the_way_out(port, data_dir):
    env = {**os.environ, "PORT": str(port), "DATA_DIR": str(data_dir / "second")}
    again = subprocess.run([sys.executable, "-m", "portal.supervise"], env=env, capture_output=True, text=True)
    assert again.returncode == 1
    assert f"port {port} is taken by another program. Choose another one:  PORT={port + 1} script" in again.stdout
    assert again.stderr == ""


def test_on_servers_of_ones_own_until_ctrl_c(data_dir):
    """DATABASE_URL and REDIS_URL are used, nothing embedded is started, and they are left running."""
    folder = data_dir / "without"
    embedded.start(data_dir)
    addresses = {"DATABASE_URL": embedded.database_url(data_dir), "REDIS_URL": embedded.redis_url(data_dir)}
    port = free_port()
    with server(folder, PORT=port, STATIC_ROOT=str(data_dir / "static"), **addresses) as (process, said):
        assert ready(process, said), said()
        a_200_mb_upload_is_refused_in_constant_memory(port, folder)
        os.killpg(process.pid, signal.SIGINT)  # as the terminal sends it: to the whole group
        os.killpg(process.pid, signal.SIGINT)  # by somebody impatient
        assert process.wait(30) == 0, said()
        assert "Traceback" not in said()
    assert not children_of(folder)
    assert not (folder / "postgres").exists()
    assert servers_of(data_dir) == {"postgres", "redis-server"}
    assert sql(data_dir, "SELECT count(*) > 0 FROM django_migrations") == [(True,)]


def answer_of(caller):
    """Read an answer to its end, which the head tells; the connection may be reset right after it."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += caller.recv(65536)
    head, _gap, body = got.partition(b"\r\n\r\n")
    [length] = re.findall(rb"(?im)^content-length: *(\d+)", head)
    while len(body) < int(length):
        body += caller.recv(65536)
    return (head + body).decode()


def a_200_mb_upload_is_refused_in_constant_memory(port, data_dir):
    """A page is answered once all is sent, since no browser would show it before; the API at once, unread."""
    size, piece = 200 * 1024 * 1024, b"x" * 1024 * 1024
    for path, sent in (("/disputes/D-1/evidence/", size), ("/api/v1/disputes/D-1/evidence/", 0)):
        with socket.create_connection(("127.0.0.1", int(port)), timeout=30) as caller:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
            caller.sendall(head.encode())
            for _piece in range(sent // len(piece)):
                caller.sendall(piece)
            answer = answer_of(caller)
        assert answer.startswith("HTTP/1.1 413"), answer
        assert ("too_large" in answer) == path.startswith("/api/")
    for pid in children_of(data_dir)["granian"]:
        [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        assert int(peak) < 200 * 1024, "a web process stays under 200 MB"


@pytest.mark.parametrize("port", ["", "web", "0", "65536", "-1"])
def test_a_port_that_is_none(data_dir, port):
    with server(data_dir, PORT=port) as (process, said):
        assert process.wait(30) == 1
        assert said().startswith(f"Not started: PORT={port} is not a number from 1 to 65535.")


def test_a_database_that_does_not_answer(data_dir):
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "REDIS_URL": settings.REDIS_URL}
    with server(data_dir, PORT=free_port(), **nowhere) as (process, said):
        assert process.wait(60) == 1
        assert said().startswith("Not started: migrate failed.")
        assert "127.0.0.1" in said()
        assert "refused" in said()
