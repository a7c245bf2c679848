"""A taught bundle on disk: whole, the same each time, and as good in a station as while it was taught."""

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="the extra `inference` is not installed")

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.render import render
from inference_agent.bundle import load_bundle, missing_files
from inference_agent.images import Picture
from inference_agent.model import Model
from okko.errors import ConfigError, ModelError
from workshop.teaching.backbone import Backbone, find_backbone
from workshop.teaching.defects import KINDS, with_defects
from workshop.teaching.example import example_of
from workshop.teaching.features import Features, features
from workshop.teaching.methods import METHODS
from workshop.teaching.write import write_bundle


def duck(number: int) -> Picture:
    """A good duck, as a camera sends it."""
    image = render(make_duck(77, number, defect_rate=0.0), "left")
    return example_of(cv2.imencode(".jpg", image)[1].tobytes(), str(number), "OK").open()


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    """The one that is shipped."""
    return Backbone(find_backbone())


@pytest.fixture(scope="module")
def good(backbone: Backbone) -> Features:
    """Six ducks."""
    return features(backbone, (backbone.decoded(duck(number)) for number in range(1, 7)))


@pytest.mark.parametrize("name", METHODS)
def test_the_station_scores_as_the_teacher_does(tmp_path: Path, backbone: Backbone, good: Features, name: str) -> None:
    """To the last digit that a prediction has; and two bundles of the same are the same bytes."""
    method = METHODS[name]
    state = method.fit(good)
    for folder in (tmp_path / "one", tmp_path / "two"):
        write_bundle(folder, backbone, state, 5.0, name="taught", version="1", card="# card", beside={"a.html": b"x"})
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    bundle = load_bundle(tmp_path / "one")
    model = Model(tmp_path / "one", bundle)
    probe = duck(9)
    expected = method.scores(state, features(backbone, [backbone.decoded(probe)]))[0]
    seen = model.look(probe).decoded
    assert seen.anomaly_score == round(float(expected), 6)
    assert seen.anomaly_threshold == 5.0
    assert (seen.map is None) == (name == "mahalanobis")
    assert model.ref.sha256 == Model(tmp_path / "two", bundle).ref.sha256
    assert model.ref.sha256 != backbone.sha256


def test_a_bundle_without_its_state_is_told(tmp_path: Path, backbone: Backbone, good: Features) -> None:
    """By `okko check`, and by the agent."""
    folder = tmp_path / "taught"
    write_bundle(folder, backbone, METHODS["mahalanobis"].fit(good), 5.0, name="taught", version="1")
    (folder / "state.npz").unlink()
    bundle = load_bundle(folder)
    assert [problem.where for problem in missing_files(folder, bundle)] == ["decoder.state"]
    with pytest.raises(ModelError, match=r"state\.npz cannot be read"):
        Model(folder, bundle)


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path, backbone: Backbone, good: Features) -> None:
    """Nothing is written over; nothing half-made is left beside it."""
    state = METHODS["mahalanobis"].fit(good)
    with pytest.raises(ConfigError, match="is there already"):
        write_bundle(tmp_path, backbone, state, 5.0, name="taught", version="1")
    with pytest.raises(ConfigError):
        write_bundle(tmp_path / "new", backbone, state, 5.0, name="no name", version="1")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_backbone_is_refused() -> None:
    """A classifier has no features to give."""
    with pytest.raises(ConfigError, match="is no backbone"):
        Backbone(Path(__file__).parents[3] / "models" / "duck-quality")


def test_made_up_defects_are_small_and_the_same_each_time() -> None:
    """Each changes something, in the middle, and most of the picture not at all."""
    image = render(make_duck(77, 1, defect_rate=0.0), "left")[::2, ::2]
    before = image.copy()
    for kind, (spoilt, again) in enumerate(zip(with_defects(image, 4), with_defects(image, 4), strict=True)):
        assert np.array_equal(spoilt, again)
        changed = (spoilt != image).any(axis=2)
        assert 0 < changed.mean() < 0.1, KINDS[kind]
        assert not changed[:20].any()
    assert np.array_equal(image, before)
