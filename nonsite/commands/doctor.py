"""`nonsite doctor`: what works here, and what is missing for what."""

import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from nonsite.commands.output import print_json, print_table
from records import NonsiteError, SystemClock
from streams import HostClock, SourceSpec, probe, redact


def doctor(
    cameras: Annotated[list[str] | None, typer.Argument(help="rtsp:// or http:// addresses to look at as well")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Say what works on this machine, and whether cameras are set as they should be; exit status 1 where something that
    the program needs is missing."""
    given = [(redact(url), True, _camera(url)) for url in cameras or []]
    rows = [_check(name, needed, check) for name, needed, check in (*CHECKS, *given)]
    if as_json:
        print_json({"ok": all(row["ok"] or not row["needed"] for row in rows), "checks": rows})
    else:
        cells = ((row["name"], "ok" if row["ok"] else "missing", row["detail"]) for row in rows)
        print_table("nonsite doctor", ("what", "state", "detail"), cells)
    raise typer.Exit(1 if any(row["needed"] and not row["ok"] for row in rows) else 0)


def _check(name: str, needed: bool, check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"name": name, "needed": needed, "ok": True, "detail": check()}
    except (NonsiteError, OSError, LookupError, ImportError) as error:
        return {"name": name, "needed": needed, "ok": False, "detail": str(error)}


def _python() -> str:
    return f"{sys.version.split()[0]} on {platform.platform()}"


def _runtime() -> str:
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__}: {', '.join(onnxruntime.get_available_providers())}"


def _openvino() -> str:
    from models import load_network

    execution = load_network("street-n", runtime="openvino").execution
    return f"{execution.engine} in {execution.precision}: set `runtime: openvino` to use it"


def _video() -> str:
    import av

    libraries: Mapping[str, tuple[int, ...]] = av.library_versions
    return f"PyAV {av.__version__}, libavcodec {'.'.join(map(str, libraries['libavcodec']))}"


def _weights() -> str:
    from models import load_network

    network = load_network("street-n")
    return f"street-n, SHA-256 {network.sha256[:16]}…, matches its card"


def _font() -> str:
    from notify import find_font

    return str(find_font())


def _clock() -> str:
    host = HostClock.read()
    if not host.synchronised:
        raise LookupError(f"no time service disciplines it: it may be off by {host.error_s:.1f} s or more")
    return f"disciplined, off by at most {host.error_s * 1000:.1f} ms"


def _camera(url: str) -> Callable[[], str]:
    def look() -> str:
        found = probe(SourceSpec("camera", url, kind="camera"), SystemClock())
        width, height = found.size
        told = f"{found.codec} {width}x{height}"
        if found.fps and found.gop_s and found.kbps:
            told += f", {found.fps:.1f} pictures/s, a keyframe every {found.gop_s:.1f} s, {found.kbps:.0f} kb/s"
        if found.warnings:
            raise LookupError("; ".join((told, *found.warnings)))
        return told

    return look


def _program(name: str) -> Callable[[], str]:
    def find() -> str:
        path = shutil.which(name)
        if path is None:
            raise LookupError(f"{name} is not installed")
        return path

    return find


def _extra(module: str, extra: str) -> Callable[[], str]:
    def find() -> str:
        if importlib.util.find_spec(module) is None:
            raise LookupError(f"pip install 'nonsite[{extra}]'")
        return f"{module} is installed"

    return find


CHECKS: tuple[tuple[str, bool, Callable[[], str]], ...] = (
    ("python", True, _python),
    ("network runtime", True, _runtime),
    ("OpenVINO", False, _openvino),
    ("video", True, _video),
    ("weights", True, _weights),
    ("CJK font", True, _font),
    ("clock", False, _clock),
    ("openssl", False, _program("openssl")),
    ("ffmpeg", False, _program("ffmpeg")),
    ("PostgreSQL driver", False, _extra("psycopg", "postgres")),
    ("S3", False, _extra("boto3", "s3")),
    ("OCR", False, _extra("rapidocr", "ocr")),
    ("names by sound", False, _extra("pypinyin", "pinyin")),
    ("training", False, _extra("torch", "train")),
)
