import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed here: `make train-test` runs what needs it")

import torch

from inference_agent.bundle import Input, load_bundle
from inference_agent.model import Model
from inference_agent.runtime import Network
from inference_agent.tensor import TensorSpec
from okko.errors import ConfigError, ModelError
from taught import Taught
from training.convert.options import Options
from training.convert.pictures import find_pictures, open_file, prepare
from training.convert.run import run

pytestmark = pytest.mark.timeout(600)  # a conversion takes seconds on a machine that is idle
ROOT = Path(__file__).parents[2]
FLOATS = TensorSpec("pixels", 112, 112, 3, channels_first=False, dtype=np.dtype(np.float32))

MODULES = """\
import torch
from torch import nn


class Small(nn.Module):
    def __init__(self, after=nn.Identity()):
        super().__init__()
        self.body, self.after, self.head = nn.Conv2d(3, 4, 3, 2), after, nn.Linear(4, 2)

    def forward(self, pixels):
        return self.head(self.after(self.body(pixels)).amax((2, 3)))


class Branching(Small):
    def forward(self, pixels):
        return super().forward(pixels) if pixels.mean() > 100 else super().forward(255 - pixels)


class Last(Small):
    def forward(self, pixels):
        return super().forward(pixels.permute(0, 3, 1, 2))


def adaptive(): return Small(nn.AdaptiveMaxPool2d(3))
def wide(): return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 48, 2))
def number(): return 7
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with modules that convert and others that don't."""
    path = tmp_path_factory.mktemp("modules") / "modules.py"
    path.write_text(MODULES)
    return path


def by_torch(network: Any, pictures: list[Path]) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """(n, 2): PyTorch's own scores of OK and KO, of the pixels that the agent would give it."""
    pixels = np.concatenate([prepared.values for prepared in prepare(pictures, Input(), FLOATS)])
    with torch.no_grad():
        return np.asarray(network(torch.from_numpy(pixels).permute(0, 3, 1, 2)).numpy())


def test_a_taught_network_says_the_same_as_int8_in_the_agent(taught: Taught, tmp_path: Path) -> None:
    """Converted, quantised, loaded by the inference agent: the labels that PyTorch gives, on unseen pictures."""
    out = tmp_path / "ducks"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "training.convert", f"{taught.source}:make", "--size", "112x112"),
            *("--labels", "OK,KO", "--quantize", "int8", "--images", taught.images, "--out", out),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = {
        row[0]: row
        for row in ([cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines())
        if len(row) == 5
    }
    assert rows["PyTorch"][3] == "120 of 120"
    assert float(rows["PyTorch"][4]) < 1e-4
    assert int(rows["int8"][3].split()[0]) >= 118
    sizes = {name: float(rows[name][1].split()[0]) for name in ("float", "int8")}
    assert sizes["int8"] < sizes["float"] / 3

    model = Model(out, load_bundle(out))
    pictures = list(find_pictures(taught.unseen))
    scores = by_torch(taught.network, pictures)
    ko = scores[:, 1] > 0.5
    assert 25 <= ko.sum() <= 35  # it has learnt to tell them apart: else the same label would say nothing
    said = [model.look(open_file(path)).decoded for path in pictures]
    assert np.mean([answer.label == ("KO" if bad else "OK") for answer, bad in zip(said, ko, strict=True)]) >= 0.97
    gaps = [abs((answer.scores or {})["KO"] - score) for answer, score in zip(said, scores[:, 1], strict=True)]
    assert max(gaps) < 0.15
    assert float(np.median(gaps)) < 0.02


def test_an_exported_program_is_converted(taught: Taught, tmp_path: Path) -> None:
    """A .pt2 brings its input's size along, and needs no code of its maker's; another size is refused."""
    program = torch.export.export(taught.network, (torch.zeros(1, 3, 112, 112),))
    torch.export.save(program, tmp_path / "ducks.pt2")
    out = tmp_path / "bundle"
    options = {"model": str(tmp_path / "ducks.pt2"), "labels": ("OK", "KO"), "out": out}
    with pytest.raises(ConfigError, match=r"asks for \[1, 3, 96, 96\], it was exported for \[1, 3, 112, 112\]"):
        run(Options(**options, size=(96, 96)))  # type: ignore[arg-type]
    told = run(Options(**options, quantize="dynamic", images=taught.unseen))  # type: ignore[arg-type]
    assert re.search(r"\| PyTorch \|.*\| 60 of 60 \| 0\.00", told)
    assert re.search(r"\| dynamic \|.*\| (59|60) of 60 \|", told)
    assert load_bundle(out).name == "bundle"


def test_channels_come_last_whatever_the_module_takes(modules: Path, tmp_path: Path) -> None:
    """A picture has them last; so has the bundle, from a module with either layout, sides in their order."""
    shapes = []
    for name, layout in (("Small", "nchw"), ("Last", "nhwc")):
        out = tmp_path / name
        run(Options(model=f"{modules}:{name}", out=out, size=(48, 32), layout=layout, labels=("a", "b")))  # type: ignore[arg-type]
        shapes.append(Network(out / "model.tflite", Input()).input.shape)
    assert shapes == [(1, 32, 48, 3)] * 2


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (
            "adaptive",
            ModelError,
            r"aten\.adaptive_max_pool2d\.default cannot be converted \(asked for in .*modules\.py, line 11\)",
        ),
        ("Branching", ModelError, r"depends on the values that it sees \(asked for in .*modules\.py, line 16\)"),
        ("wide", ConfigError, r"does not take one picture of \[1, 3, 48, 48\].*Correct --size"),
        ("number", ConfigError, "number: gave int and must give a torch.nn.Module"),
        (
            "nothing",
            ConfigError,
            r"nothing: is no function in it\. There is: Branching, Last, Small, adaptive, number, wide",
        ),
    ],
)
def test_what_does_not_convert_is_named(
    modules: Path, tmp_path: Path, function: str, error: type[Exception], said: str
) -> None:
    """The op or the mistake, the line of the maker's own file, and the remedy; nothing is left behind."""
    with pytest.raises(error, match=said):
        run(Options(model=f"{modules}:{function}", out=tmp_path / "new", size=(48, 48), labels=("a", "b")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("net.onnx", r"neither a \.pt2 nor FILE\.py:FUNCTION"),
        ("none.pt2", "there is no such file"),
        ("none.py:make", "there is no such file"),
        ("broken.pt2", r"broken\.pt2: is not what torch\.export\.save writes: "),
    ],
)
def test_a_source_that_is_none_is_refused(tmp_path: Path, model: str, said: str) -> None:
    """Each with what was expected in its place."""
    (tmp_path / "broken.pt2").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(ConfigError, match=said):
        run(Options(model=str(tmp_path / model), out=tmp_path / "new", size=(48, 48), labels=("a", "b")))


def test_a_module_without_a_size_asks_for_one(modules: Path, tmp_path: Path) -> None:
    """Nothing in a module says what size its pictures have."""
    with pytest.raises(ConfigError, match="--size: is not given"):
        run(Options(model=f"{modules}:Small", out=tmp_path / "new", labels=("a", "b")))
