"""The recorder on the broker: frames and items in, receipts out."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from okko import clock
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.errors import ConfigError, ContractError
from okko.station import Station
from okko.topics import Address
from recorder.annotations import ANNOTATE_MAX_BYTES, ANNOTATE_VERB, Drawn, read_annotations
from recorder.archive import Kept
from recorder.intake import Intake
from recorder.label_store import Outcome
from recorder.labels import (
    MANY_MAX_BYTES,
    MANY_VERB,
    VERB,
    Labelled,
    LabelledMany,
    LabelRefused,
    read_label,
    read_labels,
)
from recorder.mend import Mended
from recorder.records import Entry, read_frame, read_item
from recorder.salvage import Salvaged
from recorder.settings import RecorderSettings
from recorder.sweeper import Sweeper
from recorder.swept import Forgotten, FoundDamaged, Looked, NearlyFull, Removed, SweepReport
from recorder.uplink import Uplink
from recorder.writer import Damaged, Ended, Recovered, Report, Trouble, Writer

R = TypeVar("R")

STOP_S = 2.5
"""How long a stop waits for the disk, so that with the uplink's share and the last flush it takes no 5 s in all.

What the disk has not taken by then has no receipt, and is sent again to the next recorder."""


class Recorder:
    """What the recorder does between the broker and its writer. All methods run on the loop."""

    def __init__(
        self, runtime: Runtime, folder: Path, settings: RecorderSettings, uplink: Uplink | None = None
    ) -> None:
        self._runtime = runtime
        self._folder = folder
        self._intake = Intake(settings.queue_max_bytes)
        self._roomy_bytes = settings.queue_max_bytes // 2
        self._overloaded = False
        self._ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._uplink = uplink
        self._writer = Writer(
            folder,
            self._intake,
            self._on_loop(self._reported),
            group_ms=settings.group_ms,
            uplink=uplink is not None,
            ok_images_one_in=settings.retention.ok_images_one_in,
        )
        self._sweeper = Sweeper(folder, settings.retention, self._on_loop(self._swept), uplink=uplink is not None)
        self._started = False

    def frame(self, incoming: Incoming) -> None:
        """Take a frame.

        Raises:
            ContractError: if it cannot be read, or is not what it says it is.
        """
        self._offer(read_frame(incoming.payload, incoming.names["camera"]))

    def item(self, incoming: Incoming) -> None:
        """Take an item.

        Raises:
            ContractError: if it cannot be read.
        """
        self._offer(read_item(incoming.payload))

    def label(self, command: c.Command) -> None:
        """Take a label; it is answered once it is on the disk.

        Raises:
            ContractError: if it cannot be read, or if it cannot be taken now.
        """
        self._say(read_label(command.request_id, command.args, _now_ms()))

    def labels(self, command: c.Command) -> None:
        """Take many labels; they are answered together.

        Raises:
            ContractError: if they cannot be read, or if they cannot be taken now.
        """
        self._say(read_labels(command.request_id, command.args, _now_ms()))

    def annotate(self, command: c.Command) -> None:
        """Take boxes and masks; they are answered once they are on the disk.

        Raises:
            ContractError: if they cannot be read, or if they cannot be taken now.
        """
        self._say(read_annotations(command.request_id, command.args, _now_ms()))

    async def record(self) -> None:
        """Run the writer and the sweeper.

        Raises:
            ConfigError: if the data folder cannot be used.
        """
        self._started = True
        self._writer.start()
        self._sweeper.start()
        error = await asyncio.shield(self._ended)
        if error is not None:
            raise error

    async def stop(self) -> None:
        """Write what waits, so that its receipts go out with us."""
        self._sweeper.stop()
        self._writer.stop()
        if self._started:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._ended), STOP_S)

    def _say(self, entry: Entry) -> None:
        if not self._intake.offer(entry):
            raise ContractError("label", "the recorder is busy; try again")

    def _offer(self, entry: Entry) -> None:
        if self._intake.offer(entry):
            if self._overloaded and self._intake.size_bytes < self._roomy_bytes:
                self._overloaded = False
        elif not self._intake.closed:
            self._runtime.stats.count("queue_full")
            if not self._overloaded:
                self._overloaded = True
                self._runtime.event(
                    "warning",
                    "recorder_overload",
                    f"{self._intake.size_bytes} bytes wait for the disk; what comes now is left to its producer, "
                    "which sends it again",
                )
        self._runtime.stats.gauge("queue_bytes", self._intake.size_bytes)

    def _on_loop(self, take: Callable[[R], None]) -> Callable[[R], None]:
        loop = asyncio.get_running_loop()

        def report(found: R) -> None:
            # The loop is closed when a stop did not wait any longer: there is no receipt, so it all comes again.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(take, found)

        return report

    def _reported(self, report: Report) -> None:
        match report:
            case Kept():
                self._kept(report)
            case Mended():
                self._runtime.event("warning", "store_mended", str(report))
            case Trouble():
                self._runtime.fault("store", report.why)
                self._runtime.event(
                    "error", report.code, f"{self._folder}: {report.why}; nothing is recorded until it is"
                )
            case Damaged():
                now = "" if report.aside is None else f", and is now {report.aside.name}"
                self._runtime.event(
                    "error",
                    "store_damaged",
                    f"{self._folder}: the store was damaged ({report.why}){now}; a new one is begun, and what can be "
                    "read of the old one follows",
                )
                self._reopen()
            case Recovered():
                self._runtime.clear("store")
                self._reopen()
                self._runtime.event("info", "store_recovered", f"{self._folder} takes records again")
            case Ended():
                self._ended.set_result(report.error)

    def _reopen(self) -> None:
        """The store was opened anew: so must those who have it open beside its writer."""
        self._sweeper.reopen()
        if self._uplink is not None:
            self._uplink.reopen()

    def _kept(self, kept: Kept) -> None:
        topics = self._runtime.topics
        frames = defaultdict(list)
        for camera, frame_id in kept.frames:
            frames[camera].append(frame_id)
        for camera, ids in frames.items():
            self._receipt(topics.build("receipt", agent=f"camera-{camera}"), ids)
        if kept.items:
            self._receipt(topics.build("receipt", agent="decision"), kept.items)
        for contradicting in kept.contradicting:
            self._runtime.event(
                "error", "record_conflict", f"{contradicting} came again with another content; the first one stands"
            )
        for outcome in kept.outcomes:
            self._answer(outcome)
        if self._uplink is not None:
            self._uplink.recorded(kept.to_send)
        self._count(kept)

    def _answer(self, outcome: Outcome) -> None:
        count, log = self._runtime.stats.count, self._runtime.log
        match outcome:
            case LabelRefused():
                self._runtime.reply(outcome.request_id, {}, outcome.why)
                return
            case Labelled():
                count("labels")
                log.info("%s labels %s: %s", outcome.by, outcome.item_id, outcome.text)
            case LabelledMany():
                count("labels", len(outcome.given))
                log.info("%s labels %d items, %d refused", outcome.by, len(outcome.given), len(outcome.refused))
            case Drawn():
                count("annotations", outcome.annotations)
                log.info("%s annotates %d frames, %d unknown", outcome.by, outcome.frames, len(outcome.unknown))
        self._runtime.reply(outcome.request_id, outcome.result)

    def _swept(self, report: SweepReport) -> None:
        stats = self._runtime.stats
        match report:
            case Looked():
                stats.gauge("kept_images", report.images)
                stats.gauge("kept_bytes", report.held.kept_bytes)
                stats.gauge("disk_free_bytes", report.held.free_bytes)
            case NearlyFull(stuck=False):
                self._runtime.event(
                    "warning", "disk_low", f"{report}: images will be removed, of OK items and the oldest first"
                )
            case NearlyFull():
                self._runtime.event("error", "retention_stuck", f"{report}, and there is no image that may be removed")
            case Removed(forced=True):
                self._runtime.event(
                    "warning", "retention_forced", f"{report}: they were of {report.of_what}, and there was no room"
                )
            case Removed():
                self._runtime.event("info", "retention_removed", f"{report}")
            case Forgotten():
                stats.count("rows_forgotten", report.items)
                self._runtime.event("info", "retention_forgotten", f"{report.items} items by rows_days")
            case FoundDamaged():
                self._writer.suspect(report.error, report.inode)
            case Salvaged():
                self._runtime.event("warning", "store_salvaged", f"{report}")
                self._reopen()
        if isinstance(report, Removed):
            stats.count("images_removed", report.images)
            stats.count("bytes_removed", report.size_bytes)

    def _receipt(self, address: Address, ids: Sequence[str]) -> None:
        self._runtime.publish(address, c.Receipt(ids=tuple(ids), instance_id=self._runtime.instance_id))

    def _count(self, kept: Kept) -> None:
        stats = self._runtime.stats
        stats.count("items", kept.new_items)
        stats.count("frames", kept.new_frames)
        stats.count("again", len(kept.items) + len(kept.frames) - kept.new_items - kept.new_frames)
        stats.count("bytes", kept.size_bytes)
        stats.stage("write", kept.write_ms)
        stats.stage("sync", kept.sync_ms)
        stats.stage("commit", kept.commit_ms)
        stats.gauge("queue_bytes", self._intake.size_bytes)


def _now_ms() -> int:
    return clock.unix_ns() // 1_000_000


async def main(station: Station) -> None:
    """Record until asked to stop.

    Raises:
        ConfigError: if nothing is to be recorded, or if the data folder cannot be used.
    """
    if station.recorder is None:
        raise ConfigError.one(station.path, "recorder", "this station records nothing", "Add a [recorder] table")
    runtime = Runtime(station, name="recorder")
    folder = station.data.resolve()
    uplink = None
    if station.uplink is not None:
        uplink = Uplink(runtime, folder, station.uplink, station.central_base)
    recorder = Recorder(runtime, folder, station.recorder, uplink)
    for key in ("frame", "record_frame"):
        runtime.on(key, recorder.frame)
    for key in ("item", "record_item"):
        runtime.on(key, recorder.item)
    runtime.command(VERB, recorder.label)
    runtime.command(MANY_VERB, recorder.labels, max_bytes=MANY_MAX_BYTES)
    runtime.command(ANNOTATE_VERB, recorder.annotate, max_bytes=ANNOTATE_MAX_BYTES)
    runtime.on_stop(recorder.stop)
    runtime.serve("record")
    await runtime.run(recorder.record, *(() if uplink is None else (uplink.run,)))
