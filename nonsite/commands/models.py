"""`nonsite models`: the networks at hand, how they are made and measured, and the scenes they learn from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from models import (
    Sample,
    figures_of,
    find,
    load_network,
    measure,
    open_folder,
    registry,
    standard_splits,
    with_thresholds,
    write_card,
    write_sheets,
)
from models.card import SplitFigures
from models.registry import find_card
from models.splits import REAL_SPLITS, real_split
from nonsite.commands import models_loop
from nonsite.commands.options import Json
from nonsite.commands.output import log, print_json, print_table
from records import BadInput

app = typer.Typer(help="Networks and the scenes that they learn from.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="network in the registry, or path of a card")]
Pictures = Annotated[Path, typer.Option(help="where the generated test streets are drawn, once")]
SPLITS = Path("runs/splits")
COLUMNS = ["split", "kind", "boxes", "mAP50", "mAP50-95", "precision", "recall", "calibration", "rejected", "again"]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """The networks in the registry."""
    cards = registry()
    if as_json:
        print_json([{"name": card.name, "version": card.version, "sha256": card.weights_sha256} for card in cards])
    else:
        rows = ((card.name, card.version, card.weights_sha256[:16], len(card.outputs)) for card in cards)
        print_table("networks", ("name", "version", "weights SHA-256", "outputs"), rows)


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """A network's card: what it sees, what it learnt from, how well it does, what it cannot do."""
    card = load_network(name).card
    if as_json:
        print_json(card.model_dump(mode="json"))
        return
    typer.echo(f"{card.name} {card.version}  {card.weights_sha256}")
    print_table("thresholds", ("kind", "score"), ((str(kind), score) for kind, score in card.thresholds.items()))
    rows = (
        (split, figures.origin, str(kind), one.boxes, one.map50 if one.map50 is not None else f"{one.hits} hits")
        for split, figures in card.metrics.items()
        for kind, one in figures.kinds.items()
    )
    print_table("figures", ("split", "origin", "kind", "boxes", "mAP50"), rows)
    for limit in card.limits:
        typer.echo(f"- {limit}")


@app.command()
def train(
    config: Annotated[Path, typer.Option(help="training configuration (YAML)")],
    out: Annotated[Path, typer.Option(help="run folder")],
    resume: Annotated[bool, typer.Option(help="go on from the run folder's checkpoint")] = False,
) -> None:
    """Train a network; needs the extra \\[train]."""
    try:
        from models.train import train as run
    except ImportError as error:
        raise BadInput("E_EXTRA", f"training needs {error.name}", "pip install 'nonsite[train]'") from error
    log(f"checkpoint: {run(config, out, resume)}")


@app.command()
def export(
    source: Annotated[Path, typer.Argument(help="checkpoint of a training run; with --int8 also a card or network")],
    out: Annotated[Path, typer.Option(help="folder for weights.onnx and card.yaml")],
    int8: Annotated[
        bool, typer.Option("--int8", help="in INT8, calibrated on real pictures; kept only where little is lost")
    ] = False,
    pictures: Pictures = SPLITS,
    as_json: Json = False,
) -> None:
    """Write a checkpoint as ONNX with its card, checked against PyTorch; or a network in INT8."""
    try:
        from models.export import export as write
        from models.quantise import export_int8
    except ImportError as error:
        raise BadInput("E_EXTRA", f"export needs {error.name}", "pip install 'nonsite[train]'") from error
    if not int8:
        log(f"card: {write(source, out)}")
        return
    if source.suffix == ".pt":
        source = write(source, out / "float32")
        log(f"card: {source}")
    splits = {name: samples for name, (_, samples, _) in standard_splits(pictures, log).items()}
    found = export_int8(source, out, splits, log)
    if as_json:
        print_json(found.to_json())
    else:
        rows = ((one.split, one.pictures, round(one.float32, 4), round(one.int8, 4)) for one in found.splits)
        print_table("mAP50", ("split", "pictures", "float32", "INT8"), rows)
        typer.echo(f"{found.float32_ms} ms a picture in float32, {found.int8_ms} ms in INT8, on one thread")


@app.command()
def evaluate(
    name: Name,
    data: Annotated[
        str,
        typer.Option(help=f"YOLO or COCO folder, or one of: {', '.join(REAL_SPLITS)}; standard: all, into the card"),
    ] = "standard",
    split: Annotated[str | None, typer.Option(help="split of the folder: train, val, test, …")] = None,
    base: Annotated[Path | None, typer.Option(help="card of the base weights to measure too (standard only)")] = None,
    beside: Annotated[
        str | None, typer.Option(help="the network that this one is to replace, measured on the same pictures")
    ] = None,
    into_card: Annotated[
        str | None, typer.Option(help="write the figures into the network's card under this name")
    ] = None,
    thresholds: Annotated[
        float | None,
        typer.Option(
            "--choose-thresholds",
            min=0.01,
            max=0.99,
            help="write thresholds into the card: per kind the lowest score so precise on half of the pictures",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for report, reliability, confusion and the worst errors to look at")
    ] = None,
    pictures: Pictures = SPLITS,
    as_json: Json = False,
) -> None:
    """Measure a network on labelled pictures: mAP50, mAP50-95, precision and recall at the threshold, calibration.

    On the standard splits (the real pictures at hand and generated test streets) the figures go into its card.
    """
    if data == "standard" and any(option is not None for option in (split, into_card, thresholds, out)):
        what = "--split, --into-card, --choose-thresholds and --out"
        raise BadInput("E_OPTION", f"{what} are for a set of your own", "name it with --data")
    other = load_network(beside) if beside is not None else None
    if data == "standard":
        card = measure(name, standard_splits(pictures, log), load_network(base) if base is not None else None, other)
        reports = card.metrics
    else:
        samples = _labelled(data, split)
        if thresholds is not None:
            choose_thresholds(name, data, samples, thresholds)
        network = load_network(name)
        found = find(network, samples)
        reports = {into_card or data: figures_of(network, ("real", samples, data), beside=other, found=found)}
        if into_card is not None:
            metrics = {**network.card.metrics, **reports}
            write_card(network.card.model_copy(update={"metrics": metrics}), find_card(name))
        if out is not None:
            write_sheets(out, samples, found, network.thresholds, network.name, network.sha256)
            log(f"sheets: {out}")
    _print_reports(name, data, reports, as_json)


def choose_thresholds(name: str, data: str, samples: list[Sample], precise: float) -> None:
    """Choose thresholds on half of the samples and write them into the card."""
    network, path = load_network(name), find_card(name)
    card = with_thresholds(network.card, data, samples, find(network, samples), precise)
    write_card(card, path)
    chosen = card.thresholds_from.kinds.items() if card.thresholds_from is not None else ()
    for kind, one in chosen:
        log(f"{kind}: {one.score} by {one.by}; on the other half precision {one.precision}, recall {one.recall}")


def _print_reports(name: str, data: str, reports: Mapping[str, SplitFigures], as_json: bool) -> None:
    rows = [
        {
            "split": split,
            "kind": str(kind),
            "boxes": one.boxes,
            "map50": one.map50,
            "map50_95": one.map50_95,
            "precision": one.precision,
            "recall": one.recall,
            "calibration_error": one.calibration_error,
        }
        | ({"rejected": one.rejected, "again": one.again} if one.rejected else {})
        for split, figures in reports.items()
        for kind, one in figures.kinds.items()
    ]
    if as_json:
        means = {split: figures.map50_mean for split, figures in reports.items()}
        besides = {split: one.beside.model_dump(mode="json") for split, one in reports.items() if one.beside}
        print_json({"network": name, "map50": means, "kinds": rows, **({"beside": besides} if besides else {})})
        return
    few = [one.too_few_to_judge for figures in reports.values() for one in figures.kinds.values()]
    hits = [f"{one.hits} hits, {one.false} false" for figures in reports.values() for one in figures.kinds.values()]
    shown = ({**row, "map50": hits[n]} if few[n] else row for n, row in enumerate(rows))
    print_table(f"{name} on {data}", COLUMNS, (row.values() for row in shown))


def _labelled(data: str, split: str | None) -> list[Sample]:
    if data in REAL_SPLITS:
        return real_split(data)
    return open_folder(Path(data), split)


@app.command()
def scenes(
    script: Annotated[Path, typer.Argument(help="scene script (YAML)")],
    out: Annotated[Path, typer.Option(help="folder for videos, tracks and truth")],
    seed: Annotated[int, typer.Option(min=0)] = 0,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels")] = "1280x720",
    fps: Annotated[float, typer.Option(min=0.1, max=60.0, help="frames a second")] = 5.0,
) -> None:
    """Render a scene script: H.264 videos, tracks, and the truth about every frame."""
    from models.scenes import load_script, render

    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) % 2 == 0 == int(height) % 2 and int(width) >= 64):
        raise BadInput("E_SIZE", f"--size {size}", "even numbers of pixels, as in 1280x720")
    rendered = render(load_script(script), seed, out, size=(int(width), int(height)), fps=fps)
    for source, video in rendered.videos.items():
        log(f"{source}: {video}")
    log(f"truth: {rendered.truth}")


app.command("feedback")(models_loop.feedback)
app.command("shadow")(models_loop.shadow)
app.command("promote")(models_loop.promote)
