"""The broker that `okko up` brings along: started where none answers, started again when it dies, ended at the end."""

import asyncio
import contextlib
import logging
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

from okko import broker
from okko.contracts import Severity
from okko.errors import BrokerUnavailable, OkkoError
from okko.session import backoff_s
from okko.station import Station

log = logging.getLogger(__name__)

START_S = 5.0
LOOK_S = 0.1
STEADY_S = 10.0
"""A broker that ran so long has begun well: it is started again at once, however often that was before."""

LONGEST_PAUSE_S = 10.0
_STOP_S = 5.0


class OwnBroker:
    """Mosquitto with the project's configuration at the station's address. Agents stay connected, or come again."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rng = random.Random()  # noqa: S311 - spreads restarts, guards nothing
        self.process = self._start()

    def wait_until_it_answers(self) -> None:
        """Raises BrokerUnavailable where it ends instead; where it is merely slow, the agents wait for it."""
        host, port = self._station.broker.host, self._station.broker.port
        for _ in range(int(START_S / 0.05)):
            if broker.answers(host, port):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self.process.wait(0.05)
                raise BrokerUnavailable(
                    self._station.broker.url, f"Mosquitto ended with exit {code}; its reason stands above"
                )

    async def keep(self, event: Callable[[Severity, str, str], None]) -> None:
        """Start it again whenever it has ended, until cancelled; `event` tells people once it is back."""
        deaths = 0
        while True:
            began_s = time.monotonic()
            while (code := self.process.poll()) is None:  # noqa: ASYNC110 - a process of Popen tells nobody of its end
                await asyncio.sleep(LOOK_S)
            deaths = 0 if time.monotonic() - began_s > STEADY_S else deaths + 1
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit {code}"
            pause_s = backoff_s(deaths, self._rng, base_s=LOOK_S, cap_s=LONGEST_PAUSE_S)
            log.error("the broker %s; starting it again in %.1f s", how, pause_s)
            await asyncio.sleep(pause_s)
            try:
                self.process = self._start()
            except (OSError, OkkoError) as error:  # a full disk, a program that is gone: both may come back
                log.error("the broker cannot be started: %s", error)  # noqa: TRY400 - the text says it all
                continue
            event("error", "broker_restarted", f"the broker {how} and was started again; what it carried is lost")

    def stop(self) -> None:
        """End it, in any case."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        address = self._station.broker
        return broker.start(self._station.data / "broker", address.host, address.port)


@contextlib.contextmanager
def own_broker(station: Station) -> Iterator[OwnBroker | None]:
    """A broker at the station's address, if none answers there and the address is this machine's.

    Raises:
        BrokerUnavailable: if it does not come up.
    """
    host, port = station.broker.host, station.broker.port
    if broker.answers(host, port) or not broker.is_this_machine(host) or station.broker.tls:
        yield None
        return
    log.info("nothing answers at %s: starting a broker there", station.broker.url)
    brought = OwnBroker(station)
    try:
        brought.wait_until_it_answers()
        yield brought
    finally:
        brought.stop()
