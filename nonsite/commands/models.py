"""`nonsite models`: the networks at hand, how they are made and measured, and the scenes they learn from."""

from pathlib import Path
from typing import Annotated

import typer

from models import evaluate as evaluate_network
from models import load_network, measure, registry, standard_splits
from models.dataset import Sample, yolo_samples
from models.figures import split_figures
from models.splits import REAL_SPLITS, real_split
from nonsite.commands.output import log, print_json, print_table
from records import BadInput
from streams import ObjectKind

app = typer.Typer(help="Networks and the scenes that they learn from.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json")]
Name = Annotated[str, typer.Argument(help="network in the registry, or path of a card")]


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
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint of a training run")],
    out: Annotated[Path, typer.Option(help="folder for weights.onnx and card.yaml")],
) -> None:
    """Write a checkpoint as ONNX with its card, checked against PyTorch."""
    try:
        from models.export import export as write
    except ImportError as error:
        raise BadInput("E_EXTRA", f"export needs {error.name}", "pip install 'nonsite[train]'") from error
    log(f"card: {write(checkpoint, out)}")


@app.command()
def evaluate(
    name: Name,
    data: Annotated[
        str, typer.Option(help=f"YOLO folder, or one of: {', '.join(REAL_SPLITS)}; standard: all, into the card")
    ] = "standard",
    base: Annotated[Path | None, typer.Option(help="card of a network to measure beside it (standard only)")] = None,
    pictures: Annotated[Path, typer.Option(help="where the generated test streets are drawn, once")] = Path(
        "runs/splits"
    ),
    as_json: Json = False,
) -> None:
    """Measure a network on labelled pictures: mAP50 and mAP50-95 of every kind.

    On the standard splits (the real pictures at hand and generated test streets) the figures go into its card.
    """
    if data == "standard":
        card = measure(name, standard_splits(pictures, log), load_network(base) if base is not None else None)
        reports = card.metrics
    else:
        report = evaluate_network(load_network(name), _labelled(data))
        reports = {data: split_figures("real", report)}
    rows = [
        {"split": split, "kind": str(kind), "boxes": one.boxes, "map50": one.map50, "map50_95": one.map50_95}
        for split, figures in reports.items()
        for kind, one in figures.kinds.items()
    ]
    if as_json:
        means = {split: figures.map50_mean for split, figures in reports.items()}
        print_json({"network": name, "map50": means, "kinds": rows})
    else:
        print_table(
            f"{name} on {data}", ("split", "kind", "boxes", "mAP50", "mAP50-95"), (row.values() for row in rows)
        )


def _labelled(data: str) -> list[Sample]:
    if data in REAL_SPLITS:
        return real_split(data)
    folder = Path(data)
    if not (folder / "images").is_dir():
        raise BadInput("E_DATA_MISSING", f"{folder}: no folder images/ with labels/ beside it", "name a YOLO folder")
    return yolo_samples(folder / "images", folder / "labels", dict(enumerate(ObjectKind)))


@app.command()
def promote(candidate: Annotated[Path, typer.Argument(help="folder or card of a measured network")]) -> None:
    """Take a measured network into the zoo; refused where a figure falls below the one it replaces."""
    from models.figures import promote as take

    log(f"promoted: {take(candidate)}")


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
