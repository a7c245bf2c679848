"""From when on new items are judged by other models."""

import json
from pathlib import Path
from typing import Any

import pytest

from decision_agent.models import Models, changes, joining
from okko import contracts as c
from okko.station import Station, load, with_changes
from okko.station_models import Change, ModelsFile

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "top"
source = { kind = "simulator" }
[[model]]
bundle = "a"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""


class FakeRuntime:
    """What is told and answered, in lists."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.replies: list[tuple[str, str | None]] = []

    def command(self, verb: str, handler: Any) -> None:
        """Nobody asks by way of a broker here."""

    def event(self, _severity: str, code: str, text: str) -> None:
        """Keep it."""
        self.events.append((code, text))

    def reply(self, request_id: str, _result: dict[str, Any], error: str | None = None) -> None:
        """Keep it."""
        self.replies.append((request_id, error))


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """One camera with model a; b and a second version of a lie beside it."""
    for folder, name, version in (("a", "a", "1"), ("a2", "a", "2"), ("b", "b", "1")):
        (tmp_path / folder).mkdir()
        rest = 'file = "m.tflite"\nlabels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n'
        (tmp_path / folder / "model.toml").write_text(
            f"name = {json.dumps(name)}\nversion = {json.dumps(version)}\n{rest}"
        )
    (tmp_path / "station.toml").write_text(STATION)
    return load(tmp_path)


def chosen(station: Station, bundle: str, name: str) -> Station:
    """The station with a bundle in the place of its own."""
    change = Change(camera="top", kind="set", at="", by="", bundle=bundle, place="a", instead_of="a", name=name)
    return with_changes(station, ModelsFile(change=(change,)))


async def test_another_name_is_awaited_only_when_it_is_served(station: Station) -> None:
    """Until then nothing changes and nothing is answered; a second change answers for the first."""
    runtime, served, taken = FakeRuntime(), set[str](), list[Station]()
    models = Models(runtime, station, lambda _, what: what in served, taken.append)  # type: ignore[arg-type] # a fake
    after = chosen(station, "b", "b")
    await models._on_change(after, c.Command(request_id="one"))  # noqa: SLF001 - as the watch calls it
    assert (taken, runtime.replies) == ([], [])
    await models._on_change(after, c.Command(request_id="two"))  # noqa: SLF001 - as above
    assert runtime.replies == [("one", "another change came before this one was taken over")]
    served.add("top/b")
    models.look()
    assert taken == [after]
    assert runtime.replies[1:] == [("two", None)]
    assert runtime.events == [("model_changed", "camera top: b 1 (b) in the place of a 1 (a)")]


async def test_another_version_of_a_name_is_in_force_at_once(station: Station) -> None:
    """Whoever awaits the name gets the new one; the same again is no change."""
    runtime, taken = FakeRuntime(), list[Station]()
    models = Models(runtime, station, lambda *_: False, taken.append)  # type: ignore[arg-type] # a fake
    after = chosen(station, "a2", "a")
    assert joining(station, after) == []
    for request_id in ("one", "two"):
        await models._on_change(after, c.Command(request_id=request_id))  # noqa: SLF001 - as above
    assert taken == [after]
    assert runtime.replies == [("one", None), ("two", None)]
    assert list(changes(station, after)) == ["camera top: a 2 (a2) in the place of a 1 (a)"]
