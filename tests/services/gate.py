"""A way through which one machine reaches a server, and which can be cut: what is sent then disappears."""

from __future__ import annotations

import contextlib
import socket
import threading


class Gate:
    """Forwards TCP connections on loopback from `port` to `target`; while it is cut nothing passes either way."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._passing = threading.Event()
        self._passing.set()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", port))
        self._pairs: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Let nothing pass, and nobody know it: connections stay open and silent."""
        self._passing.clear()

    def mend(self) -> None:
        """Let everything pass again; connections from before are closed, as a firewall that has forgotten them does."""
        for one in self._pairs:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._passing.set()

    def close(self) -> None:
        """Close everything."""
        self._closed = True
        self._listener.close()
        self.mend()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        self._pairs += [near, far]
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                if not self._passing.is_set():
                    break  # lost on the way; the connection says nothing more
                other.sendall(data)
            else:
                other.shutdown(socket.SHUT_WR)
                return
            self._passing.wait()
        for end in (one, other):
            end.close()
