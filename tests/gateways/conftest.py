"""Servers that speak for gateways: localstripe from PyPI, and small ones of our own that keep what they were sent."""

import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.portal.waiting import until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def localstripe(tmp_path_factory):
    """The address of a Stripe of our own."""
    port = free_port()
    folder = tmp_path_factory.mktemp("localstripe")
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        until(lambda: answers(port), what="localstripe listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def serve():
    """Serve HTTP by a function (method, path, headers, body) -> (status, headers, body), or None to hang up."""
    servers = []

    def start(answer):
        class Handler(BaseHTTPRequestHandler):
            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                reply = answer(self.command, self.path, self.headers, body)
                if reply is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers, content = reply
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = do  # noqa: N815 - the names that the server looks for

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def forward(address, method, path, headers, body):
    """Pass a request on; return the answer as `serve` wants it."""
    kept = {name: value for name, value in headers.items() if name.lower() not in {"host", "accept-encoding"}}
    request = urllib.request.Request(address + path, data=body or None, headers=kept, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, {"Content-Type": answer.headers["Content-Type"]}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {"Content-Type": error.headers["Content-Type"]}, error.read()
