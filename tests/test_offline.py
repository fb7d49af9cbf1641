"""The ban on the network holds in every process, and leaves what notebooks need: the loopback and Unix sockets."""

import os
import socket
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ELSEWHERE = ["192.0.2.1", "2001:db8::1", "example.org"]
CALL = "import socket; socket.create_connection(({!r}, 443), timeout=1)"


@pytest.mark.parametrize("host", ELSEWHERE)
def test_no_connection_leaves_the_machine(host):
    with pytest.raises(RuntimeError, match="tests reach this machine only"):
        socket.create_connection((host, 443), timeout=1)


def test_no_datagram_leaves_the_machine():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outgoing,
        pytest.raises(RuntimeError, match="tests reach this machine only"),
    ):
        outgoing.sendto(b"hello", ("192.0.2.1", 53))


@pytest.mark.parametrize("host", ELSEWHERE)
def test_no_process_that_a_test_begins_leaves_the_machine(host):
    done = subprocess.run([sys.executable, "-c", CALL.format(host)], capture_output=True, text=True, check=False)
    assert "NetworkForbiddenError" in done.stderr


def test_no_notebook_leaves_the_machine():
    cell = nbformat.v4.new_code_cell(CALL.format("192.0.2.1"))
    client = NotebookClient(nbformat.v4.new_notebook(cells=[cell]), kernel_name="python3", timeout=60)
    with pytest.raises(CellExecutionError, match="tests reach this machine only"):
        client.execute()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_answers(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port)) as client:
            assert client.getpeername() == ("127.0.0.1", port)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_sockets_answer(tmp_path, monkeypatch):
    # the path of a Unix socket may not exceed about 100 bytes
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        client.connect("s")
        assert client.getpeername() == "s"


def test_the_ban_reaches_new_processes_by_the_environment():
    assert os.environ["PYTHONPATH"].split(os.pathsep)[0].endswith("offline")
