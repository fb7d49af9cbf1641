"""The ban on the network holds, and leaves what notebooks need: the loopback and Unix sockets."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize("address", ["192.0.2.1", "example.org"])
def test_no_connection_leaves_the_machine(address):
    with socket.socket() as outgoing, pytest.raises(SocketConnectBlockedError):
        outgoing.connect((address, 443))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_answers(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.socket() as client:
            client.connect((host, port))
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
