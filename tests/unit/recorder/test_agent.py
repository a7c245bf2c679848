"""The recorder between broker and disk: receipts, dead letters, overload, trouble."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from okko import contracts as c
from okko import station
from okko.agent import Incoming, Runtime
from okko.errors import ConfigError, ContractError
from okko.topics import SPECS, Address
from recorder.agent import Recorder, main
from recorder.retention import KO, OK, UNSENT, Holding, RetentionSettings
from recorder.settings import RecorderSettings
from recorder.swept import NearlyFull, Removed, SweepReport

Maker = Callable[..., c.Message]


class Loudspeaker(Runtime):
    """A runtime without a broker, which notes what it would have said."""

    def __init__(self, of: station.Station) -> None:
        super().__init__(of, name="recorder")
        self.said: list[tuple[str, c.Message]] = []
        self.news = asyncio.Event()

    def publish(self, address: Address, message: c.Message | bytes, _on_ack: Callable[[], None] | None = None) -> bool:
        """Note a message, by its topic below the station's prefix."""
        assert isinstance(message, c.Message)
        self.said.append((address.topic.removeprefix(f"{self.topics.base}/"), message))
        self.news.set()
        return True

    async def until(self, topic: str, count: int = 1) -> list[c.Message]:
        """The messages on a topic, once there are so many."""
        while len(found := [message for said, message in self.said if said == topic]) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)
        return found

    @property
    def codes(self) -> list[str]:
        """The codes of all events."""
        return [message.code for _, message in self.said if isinstance(message, c.Event)]


@pytest.fixture
def with_recorder(station_folder: Path) -> Callable[[Callable[[Recorder, Loudspeaker], Awaitable[None]]], None]:
    """Runs something with a recorder whose writer has not started, on a loop of its own."""

    def run(body: Callable[[Recorder, Loudspeaker], Awaitable[None]]) -> None:
        async def start() -> None:
            runtime = Loudspeaker(station.load(station_folder))
            settings = RecorderSettings(group_ms=1, queue_max_bytes=1024 * 1024)
            recorder = Recorder(runtime, station_folder / "data", settings)
            try:
                await body(recorder, runtime)
            finally:
                await recorder.stop()

        asyncio.run(start())

    return run


WithRecorder = Callable[[Callable[[Recorder, Loudspeaker], Awaitable[None]]], None]


def _incoming(message: c.Message, camera: str = "top") -> Incoming:
    key = "frame" if isinstance(message, c.Frame) else "item"
    names = {"camera": camera} if key == "frame" else {}
    return Incoming(c.encode(message), retain=False, spec=SPECS[key], names=names, topic=key)


def test_receipts_go_to_who_published(with_recorder: WithRecorder, make_frame: Maker, make_item: Maker) -> None:
    """Frames to their camera, items to the decision agent, in batches, with the recorder's instance."""

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        recorder.frame(_incoming(make_frame()))
        recorder.frame(_incoming(make_frame(frame_id="item-1-top-1", shot=1)))
        recorder.frame(_incoming(make_frame(frame_id="item-1-side-0", camera="side"), "side"))
        recorder.item(_incoming(make_item()))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            top = await runtime.until("receipt/camera-top")
            side = await runtime.until("receipt/camera-side")
            decision = await runtime.until("receipt/decision")
            await recorder.stop()
        assert runtime.stats.gauges["queue_bytes"] == 0
        assert top == [c.Receipt(ids=("item-1-top-0", "item-1-top-1"), instance_id=runtime.instance_id)]
        assert side == [c.Receipt(ids=("item-1-side-0",), instance_id=runtime.instance_id)]
        assert decision == [c.Receipt(ids=("item-1",), instance_id=runtime.instance_id)]

    with_recorder(body)


def test_a_frame_on_another_cameras_topic_is_refused(with_recorder: WithRecorder, make_frame: Maker) -> None:
    """The runtime makes a dead letter of it."""

    async def body(recorder: Recorder, _runtime: Loudspeaker) -> None:
        with pytest.raises(ContractError, match="camera"):
            recorder.frame(_incoming(make_frame(), "side"))

    with_recorder(body)


def test_overload_is_told_once_and_each_message_counted(with_recorder: WithRecorder, make_frame: Maker) -> None:
    """What does not fit is left to its producer; the event comes once an episode, not once a frame."""

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        for number in range(5):
            recorder.frame(_incoming(make_frame(frame_id=f"f{number}", data=bytes(400_000))))
        assert runtime.stats.counters["queue_full"] == 3
        assert runtime.codes == ["recorder_overload"]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            (receipt,) = await runtime.until("receipt/camera-top")
            assert isinstance(receipt, c.Receipt)
            assert receipt.ids == ("f0", "f1")
            for number in range(5, 10):
                recorder.frame(_incoming(make_frame(frame_id=f"f{number}", data=bytes(400_000))))
            await recorder.stop()
        assert set(runtime.codes) == {"recorder_overload"}

    with_recorder(body)


def test_a_stop_sends_the_receipts_of_what_waited(with_recorder: WithRecorder, make_item: Maker) -> None:
    """What came before the stop is receipted, what comes after it is left to its producer without a word."""

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            await asyncio.sleep(0)
            recorder.item(_incoming(make_item()))
            await recorder.stop()
        recorder.item(_incoming(make_item(item_id="late")))
        (receipt,) = await runtime.until("receipt/decision")
        assert isinstance(receipt, c.Receipt)
        assert receipt.ids == ("item-1",)
        assert runtime.codes == []

    with_recorder(body)


def test_trouble_is_a_fault_until_it_is_over(
    with_recorder: WithRecorder, make_item: Maker, station_folder: Path
) -> None:
    """People see why nothing is recorded, and that it is again."""
    (station_folder / "data").write_text("a file where the folder should be")

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        recorder.item(_incoming(make_item()))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            await runtime.until("event")
            assert runtime.codes == ["store_failed"]
            assert "data" in runtime.faults["store"]
            assert not any(topic.startswith("receipt") for topic, _ in runtime.said)
            (station_folder / "data").unlink()
            await runtime.until("receipt/decision")
            await recorder.stop()
        assert runtime.codes == ["store_failed", "store_recovered"]
        assert runtime.faults == {}

    with_recorder(body)


def test_a_second_content_is_told(with_recorder: WithRecorder, make_item: Maker) -> None:
    """An item that comes again with another verdict is receipted, and a person hears of it."""

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            recorder.item(_incoming(make_item()))
            await runtime.until("receipt/decision")
            recorder.item(_incoming(make_item(verdict="KO")))
            await runtime.until("receipt/decision", 2)
            await recorder.stop()
        assert runtime.codes == ["record_conflict"]

    with_recorder(body)


def test_a_label_is_answered_once_it_is_on_the_disk(with_recorder: WithRecorder, make_item: Maker) -> None:
    """With what it was before; one for an item that is not there is answered with an error."""

    def command(request_id: str, item_id: str, label: str) -> Incoming:
        args = {"item_id": item_id, "label": label, "by": "shift-2"}
        payload = c.encode(c.Command(request_id=request_id, args=args))
        return Incoming(payload, retain=False, spec=SPECS["cmd"], names={"verb": "label"}, topic="cmd")

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        runtime.command("label", recorder.label)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            recorder.item(_incoming(make_item()))
            runtime._command(command("r1", "item-1", "KO"))  # noqa: SLF001 - as a message does
            runtime._command(command("r2", "item-1", "OK"))  # noqa: SLF001
            runtime._command(command("r3", "item-9", "OK"))  # noqa: SLF001
            first, second, third = await runtime.until("reply/recorder", 3)
            await recorder.stop()
        assert isinstance(first, c.Reply)
        assert isinstance(second, c.Reply)
        assert isinstance(third, c.Reply)
        assert (first.request_id, first.ok, first.result["label"], first.result["was"]) == ("r1", True, "KO", None)
        assert (second.request_id, second.ok, second.result["label"], second.result["was"]) == ("r2", True, "OK", "KO")
        assert (third.request_id, third.ok, third.result) == ("r3", False, {})
        assert third.error == "there is no item 'item-9' in the record"

    with_recorder(body)


def test_images_that_go_are_told_with_how_many_and_why(with_recorder: WithRecorder) -> None:
    """What is only removed is news, what is given up for want of room is a warning."""

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        held = Holding(now_ms=0, kept_bytes=95, free_bytes=1, total_bytes=100, oldest_ms={})
        settings = RetentionSettings(max_bytes=10_000_000)
        reports: list[SweepReport] = [
            NearlyFull("max_bytes", stuck=False, held=held, settings=settings),
            NearlyFull("min_free_percent", stuck=True, held=held, settings=settings),
            Removed("ok_days", OK, forced=False, images=3, size_bytes=2000, oldest_ms=0, newest_ms=1000),
            Removed("max_bytes", KO + UNSENT, forced=True, images=1, size_bytes=500, oldest_ms=0, newest_ms=0),
        ]
        for report in reports:
            recorder._swept(report)  # noqa: SLF001 - as the sweeper's thread does
        assert runtime.codes == ["disk_low", "retention_stuck", "retention_removed", "retention_forced"]
        *_, removed, forced = [message for _, message in runtime.said if isinstance(message, c.Event)]
        period = "1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z"
        assert (removed.severity, removed.text) == ("info", f"3 images (2 kB), taken {period}, by ok_days")
        assert forced.severity == "warning"
        assert "KO or borderline items that have not gone up yet" in forced.text
        assert runtime.stats.counters["images_removed"] == 4

    with_recorder(body)


def test_a_damaged_store_is_told_and_the_recorder_goes_on(
    with_recorder: WithRecorder, make_item: Maker, station_folder: Path
) -> None:
    """Moved aside under a name with the time, an error for people, and receipts as ever."""
    (station_folder / "data").mkdir()
    (station_folder / "data" / "store.sqlite").write_text("no database " * 100)

    async def body(recorder: Recorder, runtime: Loudspeaker) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.record())
            recorder.item(_incoming(make_item()))
            await runtime.until("receipt/decision")
            await recorder.stop()
        assert runtime.codes[0] == "store_damaged"
        assert runtime.stats.counters["event_store_damaged"] == 1
        (aside,) = (station_folder / "data").glob("store.sqlite.damaged-2*")
        assert aside.read_text().startswith("no database ")

    with_recorder(body)


def test_a_store_that_cannot_be_used_stops_the_agent(with_recorder: WithRecorder, station_folder: Path) -> None:
    """With a configuration error, so that it is not restarted for ever."""
    (station_folder / "data").mkdir()
    with sqlite3.connect(station_folder / "data" / "store.sqlite") as another_programs:
        another_programs.execute("CREATE TABLE ducks (name TEXT)")

    async def body(recorder: Recorder, _runtime: Loudspeaker) -> None:
        with pytest.raises(ConfigError, match="no store of okko"):
            await recorder.record()

    with_recorder(body)


def test_a_station_that_records_nothing_has_no_recorder(station_folder: Path) -> None:
    """Started all the same, it says which table is missing."""
    file = station_folder / "station.toml"
    file.write_text(file.read_text().partition("[recorder]")[0])
    with pytest.raises(ConfigError, match=r"\[recorder\]"):
        asyncio.run(main(station.load(station_folder)))
