"""The queue of packages to seal: one after the other, apart from the watching."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from evidence import ClockFacts, HealthFacts, Sealer, SignerDown
from nonsite.streaming import clock_facts, health_facts
from nonsite.watching import Waiting, Watching
from records import Clock, NonsiteError
from streams import Source

log = structlog.get_logger("worker")
KEY_S = 30.0


class Seals:
    """Seals what waits for its post-roll. With `in_step` the caller waits for each: recordings run faster than time,
    and the ring must not run away from the seal."""

    def __init__(
        self, sealer: Sealer, clock: Clock, shared_clock: bool, sealed: Callable[[str], None], *, in_step: bool = False
    ) -> None:
        self._sealer, self._clock, self._shared_clock = sealer, clock, shared_clock
        self._sealed, self._in_step = sealed, in_step
        self._try_key_s = clock.monotonic() + KEY_S
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="seal")

    def due(self, one: Watching, ended: bool = False) -> None:
        """Seal the alerts of a source whose post-roll has passed; all of them where the source has `ended`."""
        now = None if ended else one.source.ring.newest
        if now is None and not ended:
            return
        self._sign_waiting()
        for waiting in one.due(now):
            job = self._queue.submit(self._seal, one, waiting)
            if self._in_step:
                job.result()

    def _sign_waiting(self) -> None:
        """Every half minute, try the key for what waits for it."""
        now_s = self._clock.monotonic()
        if now_s >= self._try_key_s:
            self._try_key_s = now_s + KEY_S
            self._queue.submit(self._sealer.sign_waiting)

    def settle(self) -> None:
        """Until all that was due is sealed."""
        self._queue.submit(lambda: None).result()  # the queue is in order: all before it are sealed

    def close(self) -> None:
        """Seal what is in the queue and end."""
        self._queue.shutdown(wait=True)

    def clock_facts(self, source: Source | None = None) -> ClockFacts:
        """What is known of this machine's clock, for a package of `source`."""
        return clock_facts(self._shared_clock, self._clock.now(), source)

    def _seal(self, one: Watching, waiting: Waiting) -> None:
        alert = waiting.alert
        try:
            self._sealer.seal(one.request(waiting, self.clock_facts(one.source), self._health(one)))
            one.sealed(alert)
            self._sealed(alert.id)
        except SignerDown as error:  # built and logged; signed as soon as the key can be used again
            one.sealed(alert)
            self._sealed(alert.id)
            log.error("sealed later", alert=alert.id, code=error.code, reason=str(error))
        except NonsiteError as error:
            log.error("not sealed", alert=alert.id, code=error.code, reason=str(error))
        except (OSError, SQLAlchemyError) as error:  # a full disk: the alert stays to be sealed by whoever comes next
            log.error("not sealed", alert=alert.id, code="E_SEAL_FAILED", reason=str(error).splitlines()[0])

    def _health(self, one: Watching) -> HealthFacts:
        free = shutil.disk_usage(self._sealer.store.root).free
        return health_facts(one.source, free, one.camera.facts())
