"""What waits in a machine's outbox leaves it, over and over."""

import threading
from collections.abc import Callable

import structlog

from nonsite.hub import BEAT_S
from records import NonsiteError

log = structlog.get_logger("roles")
REST_S = 1.0


class Outflow:
    """Sends on what waits in a machine's outbox; while the other side is away everything stays there."""

    def __init__(self, send: Callable[[], object]) -> None:
        self._send = send
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outflow", daemon=True)
        self.reason = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after a last try."""
        self._stopping.set()
        self._thread.join(30)
        self._try()

    def _run(self) -> None:
        while not self._stopping.wait(BEAT_S if self._try() else REST_S):
            pass

    def _try(self) -> bool:
        try:
            self._send()
        except (NonsiteError, OSError) as error:
            if str(error) != self.reason:
                log.warning("put off", reason=str(error))
            self.reason = str(error)
            return False
        except Exception:
            log.exception("outflow failed")
            return False
        self.reason = ""
        return True
