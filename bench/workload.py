"""What is measured: a model, pictures for it, and a station file that runs both."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURES = 40
"""How many different pictures go round. The renderer is slow and no part of what is measured: they are drawn ahead."""

_HEAD = """[station]
site = "bench"
line = "bench"
name = "station"
deadline_ms = 1000
capture_window_ms = 200
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{pictures}", loop = true }}
encoding = {{ kind = "jpeg", quality = 90 }}
[[model]]
bundle = "{bundle}"
cameras = ["top"]
[recorder]
"""


@dataclass(frozen=True, slots=True)
class Workload:
    """One model at 640 x 480. `rates` are items/s at which the latency is measured; `start_rate` is tried first.

    `bundle` gives the bundle's folder, made below the one it is given, or None where its model is not here.
    """

    name: str
    rule: str
    rates: tuple[int, ...]
    start_rate: float
    bundle: Callable[[Path, Path], Path | None]

    def prepare(self, folder: Path, pictures: Path, data: Path) -> Path | None:
        """The station's folder, ready to run, or None where its model is not here."""
        station = folder / self.name
        station.mkdir()
        bundle = self.bundle(station, data)
        if bundle is None:
            return None
        head = _HEAD.format(pictures=pictures, bundle=bundle)
        (station / "station.toml").write_text(f'{head}[[rule]]\ncamera = "top"\n{self.rule}', encoding="utf-8")
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

WORKLOADS = (
    Workload("duck", _EXPECT_OK, (10, 100), 130, _shipped),
    Workload("classifier", _EXPECT_OK, (10, 100), 110, _classifier),
    Workload("yolo", _AT_MOST, (10, 15), 15, _yolo),
)


def draw_pictures(folder: Path) -> None:
    """Ducks of 640 x 480 as BMP files: read like a camera's bare pixels, so that the camera agent must encode them."""
    import cv2

    from camera_agent.shot import Request
    from camera_agent.sources.simulator import SimulatorSource

    folder.mkdir()
    camera = SimulatorSource(seed=7).open()
    for number in range(1, PICTURES + 1):
        image = camera.capture(Request(f"bench-{number}", number, 0, 0)).image
        if image is not None:
            cv2.imwrite(str(folder / f"duck-{number:03d}.bmp"), image)
    camera.close()
