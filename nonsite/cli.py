"""The command line: thin doors into the folders, one clear line for every refusal, exit status as agreed.

0 = done, 1 = ran and the answer is no, 2 = wrong use or bad input. A traceback is a bug.
"""

import os
import sys

import typer

from nonsite.commands import case, database, demo, desk, detect, doctor, evidence, models, roles, street, watch
from records import BadInput, NonsiteError

app = typer.Typer(
    name="nonsite",
    help="From a street seen by a camera to a lawful end of the case.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("run")(roles.run)
app.command("worker")(roles.worker)
app.command("hub")(roles.hub)
app.command("console")(roles.console)
app.command("patrol")(roles.patrol)
app.command("detect")(detect.detect)
app.command("watch")(watch.watch)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models")
app.add_typer(street.app, name="street")
app.add_typer(evidence.app, name="evidence")
app.add_typer(case.app, name="case")
app.add_typer(desk.app, name="desk")
app.add_typer(database.app, name="db")


def main() -> None:
    """Run the program and turn every known refusal into one line and its exit status."""
    try:
        app()
    except NonsiteError as error:
        sys.stderr.write(f"nonsite: {error}\n")
        sys.exit(2 if isinstance(error, BadInput) else 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
