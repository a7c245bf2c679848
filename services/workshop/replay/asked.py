"""A replay from end to end: the store opened, each item told to whoever wants to hear of it, the report written."""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import click

from okko.clock import utc_now
from okko.errors import ConfigError
from okko.station import Station
from recorder.query import Query
from recorder.reader import count_items, open_store
from workshop.progress_lines import ProgressLines
from workshop.replay import machine
from workshop.replay.album import Album
from workshop.replay.change import Changed
from workshop.replay.evidence import LeftOut
from workshop.replay.notes import notes_of
from workshop.replay.page import page
from workshop.replay.progress import shown
from workshop.replay.report_file import write
from workshop.replay.sweep_target import Target
from workshop.replay.sweeper import Sweeper
from workshop.replay.tally import Sums, Tally
from workshop.replay.tellers import Teller


@dataclass(frozen=True)
class Asked:
    """What was asked for; `station` is as it is, `change` as it is to judge."""

    station: Station
    change: Changed
    query: Query
    target: Target | None
    teller: Teller
    out: Path | None
    progress: ProgressLines | None = None

    def answer(self) -> Tally:
        """Go through the record, and tell what comes of it.

        Raises:
            ConfigError: if there is nothing to go through.
            click.ClickException: if the store cannot be read.
        """
        folder = self.station.data.resolve()
        try:
            with open_store(folder) as connection:
                if connection is None:
                    raise ConfigError.one(folder, "", "nothing is recorded yet", "Run the station, and trigger it")
                if not (count := count_items(connection, self.query)):
                    raise ConfigError.one(folder, "", "no recorded item matches", self._remedy())
                return self._go(connection, folder, count)
        except sqlite3.Error as error:
            message = f"the record in {folder} cannot be read: {error}"
            raise click.ClickException(message) from error

    def _remedy(self) -> str:
        if self.query.labelled:
            return "`okko items --labelled` shows what is labelled, `okko label` labels"
        return "`okko items` shows what there is"

    def _go(self, connection: sqlite3.Connection, folder: Path, count: int) -> Tally:
        # Here, so that --help and wrong input wait for no LiteRT.
        from workshop.replay.pictures import pictures_of
        from workshop.replay.run import Replay

        again = Replay(self.change, folder, self.station.config_sha256)
        album = None if self.out is None else Album(pictures_of)
        sweeper = None if self.target is None else Sweeper(again.policy, self.target)
        began_s = time.monotonic()
        for result in shown(again.items(connection, self.query), count, "items", self.progress):
            self.teller.item(result)
            if isinstance(result, LeftOut):
                continue
            if sweeper is not None:
                sweeper.add(result)
            if album is not None and result.outcome.flips:
                album.add(result)
        sums = Sums(
            again.tally,
            again.now.percentiles(),
            again.then.percentiles(),
            time.monotonic() - began_s,
            tuple(notes_of(again.tally, again.eyes.refs)),
            None if sweeper is None else sweeper.sweep,
        )
        if self.out is not None and album is not None:
            table = self.station.station
            about = [f"{table.site}, {table.line}, {table.name}: {count} items, gone through at {utc_now()}"]
            write(self.out, page(f"Replay of {table.name}", about + self.change.about, sums, album))
        self.teller.end(sums)
        if self.progress is not None:
            report = None if self.out is None else str(self.out.resolve())
            self.progress.result({"report": report, "summary": machine.summary(sums)})
        return again.tally
