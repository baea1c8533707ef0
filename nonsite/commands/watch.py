"""`nonsite watch`: what the violation detectors say of one source, and why not."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from nonsite.commands.output import print_json_line
from streams import redact


def watch(
    source: Annotated[str, typer.Argument(help="video, folder of pictures, http:// or rtsp:// URL")],
    config: Annotated[Path, typer.Option("--config", help="street, view of the ground, rules (YAML)")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines: alerts, seals, explanations, the end")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="at the end: what came near an alert, and why not")
    ] = False,
    evidence: Annotated[Path | None, typer.Option(help="seal every alert in this folder")] = None,
    model: Annotated[str | None, typer.Option(help="network, instead of the configured one")] = None,
    sightings: Annotated[bool, typer.Option("--sightings", help="tell every located detection too")] = False,
) -> None:
    """Watch one source to its end with the rules of one street; exit status 0 whatever was seen."""
    from nonsite.watch import load_watch_config
    from nonsite.watch import watch as run_watch

    settings = load_watch_config(config)
    if model is not None:
        settings = settings.model_copy(update={"model": model})

    def tell(event: str, document: dict[str, Any]) -> None:
        if as_json:
            print_json_line({"event": event, **document})
        else:
            typer.echo(_WORDS[event](document))

    report = run_watch(source, settings, tell=tell, evidence=evidence, sightings=sightings)
    if explain:
        for explanation in report.explanations:
            tell("explanation", explanation.to_json())
    counts = {"alerts": len(report.alerts), "sealed": len(report.sealed)}
    tell("end", {"source": redact(source), "frames": report.frames, "street_s": round(report.street_s, 3), **counts})


def _alert(alert: dict[str, Any]) -> str:
    why = "; ".join(reason["en"] for reason in alert["reasons"])
    return f"ALERT {alert['kind']} at {alert['lon']:.6f}, {alert['lat']:.6f} raised {alert['raised']}: {why}"


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "alert": _alert,
    "sealed": lambda sealed: f"sealed {sealed['package_id']}: {sealed['path']}",
    "camera": lambda camera: f"camera {camera['state']}: " + "; ".join(alarm["en"] for alarm in camera["alarms"]),
    "sighting": lambda seen: " ".join(f"{name}={value}" for name, value in seen.items()),
    "explanation": lambda one: f"{one['lon']:.6f}, {one['lat']:.6f} {one['since']}: {one['why_en']}",
    "end": lambda end: (
        f"{end['source']}: {end['frames']} frames, {end['street_s']} s, {end['alerts']} alerts, {end['sealed']} sealed"
    ),
}
