import socket

import httpx
import pytest
from fastapi import FastAPI

from nonsite.serve import ConsoleThread, bind
from records import BadInput


def test_a_taken_port_is_refused_in_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(BadInput, match=r"E_PORT.*taken"):
            bind("127.0.0.1", other.getsockname()[1])


def test_a_host_of_another_machine_is_refused():
    with pytest.raises(BadInput, match="E_PORT"):
        bind("192.0.2.1", 0)


def test_the_console_answers_until_it_is_stopped():
    app = FastAPI()
    app.get("/hello")(lambda: {"hello": "street"})
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/hello"
    console = ConsoleThread(app, listener)
    console.start()
    assert httpx.get(url, timeout=10).json() == {"hello": "street"}
    console.stop()
    with pytest.raises(httpx.TransportError):
        httpx.get(url, timeout=1)
