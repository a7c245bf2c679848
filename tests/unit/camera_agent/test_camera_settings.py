"""One `[[camera]]` table."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from camera_agent.settings import CameraSettings
from camera_agent.sources.folder import FolderSource


def test_a_camera_needs_a_name_and_a_source() -> None:
    """Everything else has a default: JPEG of quality 90, the whole frame, 2 s for a capture."""
    camera = CameraSettings.model_validate({"name": "top", "source": {"kind": "folder", "path": "images"}})
    assert camera.source == FolderSource(path=Path("images"), loop=False)
    assert (camera.encoding.kind, camera.roi, camera.capture_timeout_ms) == ("jpeg", None, 2000)


@pytest.mark.parametrize("kind", ["folder", "picamera2", "simulator", "usb", "video"])
def test_every_kind_of_source_is_known(kind: str) -> None:
    """`kind` selects the source; an unknown key in it is refused by name."""
    with pytest.raises(ValidationError, match="no_such_key"):
        CameraSettings.model_validate({"name": "top", "source": {"kind": kind, "path": "x", "no_such_key": 1}})


def test_reading_the_settings_needs_no_image_library() -> None:
    """Every agent reads the station file; a recorder's box has neither numpy nor OpenCV."""
    code = "import sys, camera_agent.settings; sys.exit(any(name in sys.modules for name in ('numpy', 'cv2')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
