"""`nonsite detect`: what the network sees in pictures, videos and streams."""

from typing import Annotated, Any

import typer

from models import Runtime, load_network
from nonsite.commands.output import print_json_line
from records import SystemClock
from streams import Detection, Frame, SourceSpec, open_source, redact


def detect(
    sources: Annotated[
        list[str], typer.Argument(help="pictures, folders of pictures, videos, http:// or rtsp:// URLs")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line a frame")] = False,
    model: Annotated[str, typer.Option(help="network in the registry, or path of a card")] = "street-n",
    min_score: Annotated[float | None, typer.Option(help="instead of the card's thresholds")] = None,
    runtime: Annotated[Runtime, typer.Option(help="what computes the network")] = "onnx",
    every: Annotated[str, typer.Option(help="keyframes, all, or seconds between frames")] = "all",
) -> None:
    """Print what the network sees, frame by frame."""
    network = load_network(model, runtime=runtime)
    clock = SystemClock()
    for name in sources:
        source = open_source(SourceSpec(id=redact(name), url=name, kind="file", watch=every), clock)
        try:
            for frame in source.frames():
                _tell(redact(name), frame, network.detect([frame.image()], min_score)[0], as_json)
        finally:
            source.close()


def _tell(source: str, frame: Frame, detections: list[Detection], as_json: bool) -> None:
    width, height = frame.size
    if as_json:
        document: dict[str, Any] = {
            "source": source,
            "frame": frame.index,
            "pts_s": round(frame.pts_s, 6),
            "width": width,
            "height": height,
            "detections": [
                {
                    "kind": str(found.kind),
                    "raw_class": found.raw_class,
                    "score": round(found.score, 4),
                    "box": [round(value, 1) for value in found.box],
                }
                for found in detections
            ],
        }
        print_json_line(document)
        return
    what = ", ".join(f"{found.kind} {found.score:.2f}" for found in detections) or "-"
    typer.echo(f"{source} #{frame.index} {frame.pts_s:.2f}s: {what}")
