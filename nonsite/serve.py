"""The console's HTTP server. Its socket is bound before anything else starts: a taken port is refused at the door."""

import errno
import socket
import threading

import uvicorn
from fastapi import FastAPI

from records import BadInput


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on `host`:`port` (0 takes a free port).

    Raises BadInput where the port is taken or not ours to take, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        what = {errno.EADDRINUSE: "the port is taken", errno.EACCES: "the port is not ours to take"}.get(
            error.errno or 0
        )
        reason = what or error.strerror or str(error)
        raise BadInput("E_PORT", f"{host}:{port}: {reason}", "choose another with console.port or --port") from error
    except OverflowError as error:
        listener.close()
        raise BadInput("E_PORT", f"{port}: not a port", "choose one between 1 and 65535") from error
    listener.listen(128)
    return listener


class ConsoleThread:
    """The console, answering until `stop` on its own thread: there uvicorn leaves signals to the process."""

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._listener = listener
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="console", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._listener])
