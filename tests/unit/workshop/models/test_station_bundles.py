"""A bundle's copy is whole or not there, and its name tells its content."""

import resource
import shutil
import signal
from pathlib import Path

import pytest

from okko import station_models
from okko.errors import ConfigError, ModelError
from okko.station_models import Change, ModelsFile
from workshop.models.station_bundles import changing, keep


@pytest.fixture
def bundle(tmp_path: Path, duck_bundle: Path) -> Path:
    """A bundle somewhere else."""
    shutil.copytree(duck_bundle, tmp_path / "from")
    return tmp_path / "from"


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """The folder of a station."""
    (tmp_path / "station" / "bundles").mkdir(parents=True)
    return tmp_path / "station"


def test_a_copy_is_whole_and_needs_its_source_no_more(station: Path, bundle: Path) -> None:
    """Byte for byte, under a name of its content; the same content is kept once."""
    (bundle / "more").mkdir()
    (bundle / "more" / "notes.txt").write_text("notes")
    kept = keep(station, bundle)
    assert kept.name.startswith("duck-quality-1.0.0-")
    assert (kept / "more" / "notes.txt").read_text() == "notes"
    assert (kept / "model.tflite").read_bytes() == (bundle / "model.tflite").read_bytes()
    assert keep(station, bundle) == kept
    (bundle / "more" / "notes.txt").write_text("other notes")
    assert keep(station, bundle) != kept
    shutil.rmtree(bundle)
    assert keep(station, kept) == kept


def test_a_bundle_without_its_model_is_refused(station: Path, bundle: Path) -> None:
    """And nothing is left of it."""
    (bundle / "model.tflite").unlink()
    with pytest.raises(ConfigError, match=r"model\.tflite"):
        keep(station, bundle)
    assert list((station / "bundles").iterdir()) == []


def test_a_copy_that_was_changed_is_not_taken_for_what_it_was(station: Path, bundle: Path) -> None:
    """Whoever meddled with it is told, and nothing is overwritten."""
    kept = keep(station, bundle)
    (kept / "model.toml").write_text((kept / "model.toml").read_text() + "\n")
    with pytest.raises(ConfigError, match="is not what it was"):
        keep(station, bundle)


def test_only_one_at_a_time_changes_models_and_half_copies_go(station: Path) -> None:
    """What a killed command has left behind is removed by the next."""
    half = station / "bundles" / ".half-1234"
    half.mkdir()
    with changing(station):
        assert not half.exists()
        with pytest.raises(ConfigError, match="another command"), changing(station):
            pass
    with changing(station):
        pass


def test_a_full_disk_is_named_and_takes_no_half_copy(station: Path, bundle: Path) -> None:
    """Told by the folder that the copy was for; here a file as large as a disk allows stands for a full one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            keep(station, bundle)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert caught.value.filename == str(station / "bundles")
    assert list((station / "bundles").iterdir()) == []


def test_what_was_kept_for_a_change_that_failed_goes_again(station: Path, bundle: Path) -> None:
    """But what the choices name by then, and what was there before."""
    first = keep(station, bundle)
    text = (bundle / "model.toml").read_text()
    (bundle / "model.toml").write_text(text.replace("1.0.0", "2.0.0"))

    def change(*, is_written: bool) -> None:
        with changing(station):
            name = keep(station, bundle).name
            if is_written:
                written = Change(camera="top", kind="set", at="", by="", bundle=f"bundles/{name}")
                station_models.write(station, ModelsFile(change=(written,)))
            raise ModelError("duck-quality", "refused")

    with pytest.raises(ModelError):
        change(is_written=False)
    assert list((station / "bundles").iterdir()) == [first]
    with pytest.raises(ModelError):
        change(is_written=True)
    assert len(list((station / "bundles").iterdir())) == 2
