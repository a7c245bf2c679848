"""What is measured: a model, pictures for it, and a station file that runs both."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
VGA, FULL_HD, FIVE_MEGAPIXELS = (640, 480), (1920, 1080), (2592, 1944)
PICTURES = {VGA: 40, FULL_HD: 12, FIVE_MEGAPIXELS: 6}
"""How many different pictures go round. The renderer is slow and no part of what is measured: they are drawn ahead."""

GRAIN = 3.0
"""Standard deviation of the noise on the large pictures, in levels: a drawn duck makes too small a JPEG."""

_HEAD = """[station]
site = "bench"
line = "bench"
name = "station"
deadline_ms = 1000
capture_window_ms = 200
[recorder]
[[model]]
bundle = "{bundle}"
cameras = [{cameras}]
"""
_CAMERA = """[[camera]]
name = "{camera}"
source = {{ kind = "folder", path = "{pictures}", loop = true }}
{settings}
[[rule]]
camera = "{camera}"
{rule}
"""
_AGENT = """[[inference]]
name = "{camera}"
cameras = ["{camera}"]
"""
JPEG = 'encoding = { kind = "jpeg", quality = 90 }'


@dataclass(frozen=True, slots=True)
class Workload:
    """One model and its pictures. `rates` are items/s at which the latency is measured; `start_rate` is tried first.

    Without a `start_rate` the sustained rate is not searched. `bundle` gives the bundle's folder, made below the one it
    is given, or None where its model is not here. `settings` are each camera's own lines in the station file; with
    `an_agent_each` it has its own inference agent. What is not `usual` is only measured when it is asked for.
    """

    name: str
    rule: str
    rates: tuple[int, ...]
    start_rate: float | None
    bundle: Callable[[Path, Path], Path | None]
    cameras: tuple[str, ...] = ("top",)
    size: tuple[int, int] = VGA
    settings: str = JPEG
    an_agent_each: bool = False
    usual: bool = True

    @property
    def measurements(self) -> list[str]:
        """The names of what can be measured of it."""
        return [f"{self.name}-{what}" for what in (*self.rates, *(("sustained",) if self.start_rate else ()))]

    def prepare(self, folder: Path, data: Path) -> Path | None:
        """The station's folder, ready to run, or None where its model is not here."""
        station = folder / self.name
        station.mkdir()
        bundle = self.bundle(station, data)
        if bundle is None:
            return None
        pictures = draw_pictures(folder, self.size)
        text = _HEAD.format(bundle=bundle, cameras=", ".join(f'"{camera}"' for camera in self.cameras))
        for camera in self.cameras:
            text += _CAMERA.format(camera=camera, pictures=pictures, settings=self.settings, rule=self.rule)
            text += _AGENT.format(camera=camera) if self.an_agent_each else ""
        (station / "station.toml").write_text(text, encoding="utf-8")
        return station


def _shipped(_folder: Path, _data: Path) -> Path:
    return ROOT / "models" / "duck-quality"


def _classifier(folder: Path, data: Path) -> Path | None:
    return _made(folder, data, "vio_teachable_uint8", 'labels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n')


def _yolo(folder: Path, data: Path) -> Path | None:
    labels = ", ".join(f'"thing {index}"' for index in range(80))
    text = f'labels = [{labels}]\n[input]\nresize = "letterbox"\nstd = 255.0\n[decoder]\nkind = "yolo"\n'
    return _made(folder, data, "vio_yolo_coco_nano_int8", text)


def _made(folder: Path, data: Path, model: str, manifest: str) -> Path | None:
    file = data / "models" / "thirdparty" / f"{model}.tflite"
    if not file.is_file():
        return None
    bundle = folder / "bundle"
    bundle.mkdir()
    (bundle / "model.tflite").write_bytes(file.read_bytes())
    head = f'name = "{model}"\nversion = "1.0.0"\nfile = "model.tflite"\n'
    (bundle / "model.toml").write_text(head + manifest, encoding="utf-8")
    return bundle


_EXPECT_OK = 'kind = "expected_label"\nlabel = "OK"\nmin_score = 0.5\n'
_AT_MOST = 'kind = "max_count"\nlabel = "thing 14"\ncount = 0\nmin_score = 0.5\n'

_PAIR = ("left", "right")
_LARGE = ("full-hd", FULL_HD), ("5mp", FIVE_MEGAPIXELS)
_WAYS = {
    "": JPEG,
    "-q75": 'encoding = { kind = "jpeg", quality = 75 }',
    "-raw": 'encoding = { kind = "raw-bgr8" }',
    "-roi": f"{JPEG}\nroi = [0.25, 0.25, 0.75, 0.75]",
}

WORKLOADS = (
    Workload("duck", _EXPECT_OK, (10, 100), 200, _shipped),
    Workload("classifier", _EXPECT_OK, (10, 100, 120), 160, _classifier),
    Workload("pair", _EXPECT_OK, (10,), 90, _classifier, cameras=_PAIR),
    Workload("yolo", _AT_MOST, (10,), 40, _yolo),
    Workload("pair-spread", _EXPECT_OK, (10,), 90, _classifier, cameras=_PAIR, an_agent_each=True, usual=False),
    Workload("yolo-pair", _AT_MOST, (10,), 20, _yolo, cameras=_PAIR, usual=False),
    Workload("yolo-pair-spread", _AT_MOST, (10,), 20, _yolo, cameras=_PAIR, an_agent_each=True, usual=False),
    *(
        Workload(f"{name}{way}", _EXPECT_OK, (4,), None, _shipped, size=size, settings=settings, usual=not way)
        for name, size in _LARGE
        for way, settings in _WAYS.items()
    ),
)


def draw_pictures(folder: Path, size: tuple[int, int]) -> Path:
    """A folder of ducks as BMP files: read like a camera's bare pixels, so that the camera agent must encode them."""
    import cv2
    import numpy as np

    from camera_agent.shot import Request
    from camera_agent.sources.simulator import SimulatorSource

    width, height = size
    pictures = folder / f"pictures-{width}x{height}"
    if pictures.is_dir():
        return pictures
    pictures.mkdir()
    camera = SimulatorSource(seed=7).open()
    rng = np.random.default_rng(7)
    for number in range(1, PICTURES[size] + 1):
        image = camera.capture(Request(f"bench-{number}", number, 0, 0)).image
        if image is None:
            continue
        if size != VGA:
            large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
            grain = rng.normal(0, GRAIN, large.shape[:2])[..., None]
            image = np.clip(large + grain, 0, 255).astype(np.uint8)
        cv2.imwrite(str(pictures / f"duck-{number:03d}.bmp"), image)
    camera.close()
    return pictures
