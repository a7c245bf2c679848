"""A station file is replaced as a whole, by whoever knows what it replaces, and nothing that was in force is lost."""

import contextlib
import os
import stat
from pathlib import Path

import pytest

from okko.configuration import activation, history
from okko.configuration.activation import Signed, finish, put_in_force, whole
from okko.configuration.masking import told_sha256
from okko.errors import ConfigError

EVE = Signed("eve", "a note", None, "c" * 64)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A station file; what it says is not looked at here."""
    path = tmp_path / "station.toml"
    path.write_bytes(b"one\r\n")
    return path


def kept(file: Path) -> list[tuple[int, str, str, bool, str]]:
    """The history as it is read beside this file, with the texts."""
    settled = history.read(file.parent).settled(history.sha256_of(file.read_bytes()))
    return [(v.number, v.kind, v.by, v.done, history.text_of(file.parent, v.number)) for v in settled.version]


def change(file: Path, text: str, signed: Signed = EVE) -> history.Version:
    """Activate a text that is made of what is there."""
    return put_in_force(file, text, told_sha256(file.read_bytes().decode()), signed)


def test_the_first_change_keeps_what_was_there(file: Path) -> None:
    """Byte for byte, and who may read the file stays."""
    file.chmod(0o640)
    assert change(file, "two").number == 2
    assert file.read_text() == "two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert kept(file) == [(1, "found", "", True, "one\r\n"), (2, "activated", "eve", False, "two")]
    finish(file.parent)
    assert [done for _, _, _, done, _ in kept(file)] == [True, True]
    assert stat.S_IMODE((file.parent / "config-history" / "000001.toml").stat().st_mode) == 0o600


def test_what_an_editor_wrote_meanwhile_is_kept_too(file: Path) -> None:
    """A version between two of ours."""
    change(file, "two")
    file.write_text("by hand")
    change(file, "three", Signed("eve", of=1))
    assert [(number, kind, text) for number, kind, _, _, text in kept(file)] == [
        *((1, "found", "one\r\n"), (2, "activated", "two"), (3, "found", "by hand"), (4, "rolled_back", "three")),
    ]


def test_two_editors_never_overwrite_each_other(file: Path) -> None:
    """Whoever comes second is told by whom and when it was changed, or that it was changed by hand."""
    first = told_sha256(file.read_bytes().decode())
    put_in_force(file, "two", first, EVE)
    with pytest.raises(ConfigError, match="version 2 was activated by eve at 20"):
        put_in_force(file, "mine", first, EVE)
    second = told_sha256("two")
    file.write_text("by hand")
    with pytest.raises(ConfigError, match="changed with an editor"):
        put_in_force(file, "mine", second, EVE)
    with pytest.raises(ConfigError, match="very text already"):
        change(file, "by hand")
    assert file.read_text() == "by hand"


@pytest.mark.parametrize("step", range(12))
def test_a_death_at_any_step_leaves_the_old_one_or_the_new_one(
    file: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the history agrees with it: a version that was never put in its place was never in force."""
    change(file, "two")
    finish(file.parent)
    steps = iter(range(step))
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with contextlib.suppress(KeyboardInterrupt):
            change(file, "three")
    assert file.read_text() in {"two", "three"}
    assert kept(file)[-1][4] == file.read_text()
    change(file, "four")
    assert [text for *_, text in kept(file)][-2:] == [("three" if len(kept(file)) == 4 else "two"), "four"]


def test_only_so_many_are_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest texts go; their numbers are not given again."""
    monkeypatch.setattr(history, "KEPT", 3)
    for number in range(6):
        change(file, f"text {number}")
    assert [number for number, *_ in kept(file)] == [5, 6, 7]
    assert sorted(path.name for path in (file.parent / "config-history").glob("0*")) == [
        *("000005.toml", "000006.toml", "000007.toml"),
    ]
    with pytest.raises(ConfigError, match=r"there is no version 1\. Kept are 5 to 7"):
        history.text_of(file.parent, 1)


def test_a_disk_that_does_not_take_it_is_told_with_what_to_do(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is mounted read-only, as containers have it; a disk that is full."""
    for number, hint in ((30, "mounts it read-only"), (28, "Make room")):

        def refuse(_descriptor: int, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", refuse)
        with pytest.raises(ConfigError, match=hint):
            change(file, "two")
        assert file.read_bytes() == b"one\r\n"


def test_a_masked_password_is_put_back_from_the_file(file: Path) -> None:
    """And one that the file never had is asked for."""
    file.write_text('url = "rtsp://a:b@cam/x"')
    assert whole(file, 'url = "rtsp://***@cam/x"  # seen') == 'url = "rtsp://a:b@cam/x"  # seen'
    with pytest.raises(ConfigError, match="Write the address in full"):
        whole(file, 'url = "rtsp://***@other/x"')
    assert activation.told(file)["text"] == 'url = "rtsp://***@cam/x"'
