"""Where the Chinese letters of the signs come from."""

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from records import BadInput

_ROOT = Path(__file__).resolve().parents[2]
_PLACES = (
    _ROOT / "assets" / "fonts",
    _ROOT / "console" / "static" / "vendor",
    _ROOT / "node_modules" / "@expo-google-fonts",
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local" / "share" / "fonts",
)
_WANTED = ("notosanssc", "notosanscjk", "notoserifsc", "notoserifcjk", "sourcehansans", "wqy")


@lru_cache(maxsize=4)
def find_font(bold: bool = True) -> Path:
    """A font file with simplified Chinese glyphs, the bold cut first where `bold`.

    Raises: BadInput E_FONT_MISSING when the machine has none.
    """
    found = [
        path
        for place in _PLACES
        if place.is_dir()
        for path in sorted(place.rglob("*"))
        if path.suffix.lower() in {".ttf", ".otf", ".ttc"} and _family(path) < len(_WANTED)
    ]
    if not found:
        raise BadInput(
            "E_FONT_MISSING",
            "no font with Chinese glyphs was found for the signs of the scene",
            "run make setup, or install fonts-noto-cjk",
        )
    return min(found, key=lambda path: (_family(path), _weight(path, bold)))


def _family(path: Path) -> int:
    name = path.stem.lower().replace("_", "").replace("-", "")
    return next((i for i, wanted in enumerate(_WANTED) if wanted in name), len(_WANTED))


def _weight(path: Path, bold: bool) -> int:
    name = path.stem.lower()
    order = ("bold", "black", "medium", "regular") if bold else ("regular", "medium", "light", "bold")
    return next((i for i, word in enumerate(order) if word in name), len(order))


@lru_cache(maxsize=64)
def font(size_px: int, bold: bool = True) -> ImageFont.FreeTypeFont:
    """The sign font at a pixel size (face 2 of a .ttc collection is the simplified Chinese one)."""
    path = find_font(bold)
    index = 2 if path.suffix.lower() == ".ttc" and "cjk" in path.stem.lower() else 0
    return ImageFont.truetype(str(path), size_px, index=index)
