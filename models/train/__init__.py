"""Training of a second head on a frozen base network; needs the extra `train` and is imported only where it runs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from models.train.config import TrainConfig, read_config
from records import BadInput

# Ultralytics would write settings into the home folder and install packages by itself: it reads these on import.
_SETTINGS = Path(tempfile.gettempdir()) / f"nonsite-ultralytics-{os.getuid()}"
_SETTINGS.mkdir(mode=0o700, exist_ok=True)
os.environ.setdefault("YOLO_CONFIG_DIR", str(_SETTINGS))
os.environ.setdefault("YOLO_AUTOINSTALL", "false")

__all__ = ["TrainConfig", "read_config", "train"]


def train(config: Path, out: Path, resume: bool = False) -> Path:
    """Train as the configuration file says; returns the checkpoint, `out/checkpoint.pt`.

    A run that was stopped continues with `resume` from its last finished epoch and ends with the same weights.

    Raises:
        BadInput: E_TRAIN_EXTRA without torch, E_CONFIG_INVALID, E_OUT_IN_USE, E_RESUME_CONFIG, E_DATA_MISSING.
    """
    try:
        from models.train.loop import run
    except ImportError as error:
        raise BadInput(
            "E_TRAIN_EXTRA", f"training needs {error.name}", "install it: pip install 'nonsite[train]'"
        ) from None
    return run(read_config(config), out, resume)
