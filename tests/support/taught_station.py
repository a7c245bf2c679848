"""What is needed to teach with the real backbone: the one that comes with okko, or else the one among the test data."""

import shutil
from pathlib import Path

from okko.errors import ConfigError
from workshop.teaching.backbone import find_backbone

_MANIFEST = 'name = "backbone-lite0"\nversion = "1.0.0"\nfile = "model.tflite"\n[decoder]\nkind = "features"\n'


def backbone_folder(folder: Path, shared_data: Path) -> Path:
    """A backbone's folder; made in `folder` where none comes with okko."""
    try:
        return find_backbone()
    except ConfigError:
        made = folder / "backbone"
        made.mkdir()
        shutil.copyfile(shared_data / "models/backbone/lite0_features_int8.tflite", made / "model.tflite")
        (made / "model.toml").write_text(_MANIFEST)
        return made
