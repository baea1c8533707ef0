"""Where networks are found: the zoo that ships with the program, and cards anywhere else by path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.card import CARD_FILE, Card, file_sha256, read_card
from models.network import OnnxNetwork
from models.session import Runtime
from records import BadInput

ZOO = Path(__file__).parent / "zoo"
DEFAULT_NETWORK = "street-n"


def registry(zoo: Path = ZOO) -> list[Card]:
    """Cards of all networks in the zoo, by name."""
    return [read_card(path) for path in sorted(zoo.glob(f"*/{CARD_FILE}"))]


def find_card(name_or_path: str | Path | None = None, zoo: Path = ZOO) -> Path:
    """Card file of a network given by zoo name, folder, card file or weights file (default: street-n).

    Raises:
        BadInput: E_CARD_MISSING for weights or a folder without a card, E_MODEL_UNKNOWN for an unknown name.
    """
    wanted = Path(name_or_path or DEFAULT_NETWORK)
    if wanted.suffix in {".yaml", ".yml"}:
        return wanted
    if wanted.suffix == ".onnx":
        return wanted.parent / CARD_FILE
    if len(wanted.parts) == 1 and (zoo / wanted).is_dir():
        return zoo / wanted / CARD_FILE
    if wanted.is_dir():
        return wanted / CARD_FILE
    names = ", ".join(path.parent.name for path in sorted(zoo.glob(f"*/{CARD_FILE}"))) or "none"
    raise BadInput(
        "E_MODEL_UNKNOWN",
        f"no network {str(name_or_path)!r}",
        f"known by name: {names}; otherwise give the path of a card.yaml",
    )


def weights_of(card: Card, card_path: Path) -> Path:
    """Weights file of a card, checked against the card's hash.

    Raises:
        BadInput: E_WEIGHTS_MISSING, or E_HASH_MISMATCH naming both hashes.
    """
    weights = card_path.parent / card.weights
    if not weights.is_file():
        raise BadInput("E_WEIGHTS_MISSING", f"no weights at {weights}", f"named by {card_path}")
    found = file_sha256(weights)
    if found != card.weights_sha256:
        raise BadInput(
            "E_HASH_MISMATCH",
            f"{weights} has SHA-256 {found[:16]}…, its card says {card.weights_sha256[:16]}…",
            "restore the weights or make a card for them; they are not used as they are",
        )
    return weights


def load_network(
    name_or_path: str | Path | None = None,
    providers: Sequence[str] | None = None,
    *,
    threads: int = 1,
    zoo: Path = ZOO,
    runtime: Runtime = "onnx",
) -> OnnxNetwork:
    """Open a network by zoo name or path, after checking its card and the hash of its weights.

    Raises:
        BadInput: as `find_card`, `read_card`, `weights_of` and `OnnxNetwork` say.
    """
    path = find_card(name_or_path, zoo)
    card = read_card(path)
    weights = weights_of(card, path)
    if str(name_or_path or "").endswith(".onnx") and weights.resolve() != Path(str(name_or_path)).resolve():
        raise BadInput("E_CARD_MISSING", f"{path} describes {card.weights}, not {name_or_path}", "give its own card")
    return OnnxNetwork(card, weights, providers, threads, runtime)
