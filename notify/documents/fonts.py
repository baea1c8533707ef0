"""Where the Chinese typeface of papers comes from."""

import os
from pathlib import Path

from records import BadInput

_SYSTEM = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/truetype/wqy",
    "/usr/share/fonts/truetype/hanazono",  # rare characters of names (Debian: fonts-hanazono)
)
_NAMES = (
    "NotoSerifSC-Regular.*",
    "NotoSerifCJK-Regular.*",
    "NotoSansSC-Regular.*",
    "NotoSansCJK-Regular.*",
    "wqy-*.ttc",
)


def font_folders() -> list[Path]:
    """Folders that may hold a CJK font, best first: NONSITE_FONTS, the fonts that came with set-up, the system's."""
    own = Path(__file__).resolve().parents[2] / "assets" / "fonts"
    named = [Path(part) for part in os.environ.get("NONSITE_FONTS", "").split(os.pathsep) if part]
    return [folder for folder in (*named, own, *map(Path, _SYSTEM)) if folder.is_dir()]


def find_font() -> Path:
    """The file of a CJK font. Raises BadInput `E_FONT` where none is found."""
    for folder in font_folders():
        for name in _NAMES:
            for path in sorted(folder.glob(name)):
                return path
    raise BadInput("E_FONT", "no Chinese font found", "run `make setup`, or name a folder in NONSITE_FONTS")
