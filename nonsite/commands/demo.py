"""`nonsite demo`: the whole way on a generated street, checked against its truth."""

from pathlib import Path
from typing import Annotated

import typer

from nonsite.commands.output import log, print_json


def demo(
    out: Annotated[Path, typer.Option(help="folder for everything the demo makes")] = Path("out/demo"),
    seed: Annotated[int, typer.Option(min=0, help="another seed, another district day")] = 1,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="leave the console up at the end")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as one JSON document")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="port of the console; 0 takes a free one")] = 0,
) -> None:
    """Generate a district, watch it, carry every case to its end, and compare with the truth."""
    from nonsite.demo.conductor import Demo  # the scene generator is heavy

    def finished(report: dict[str, object]) -> None:
        if as_json:
            print_json(report)

    Demo(out, seed, port or (8765 if serve else 0), say=log).run(finished, serve=serve)
