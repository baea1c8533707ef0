"""The veraPDF library from Maven Central, run by the host's Java: a validator of PDF/A that is not ours.

The jars are fetched once into `.cache` beside this file, which git ignores.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE / ".cache" / "verapdf"


class Unavailable(Exception):
    """The validator cannot be had here; the message says why."""


def fetch_jars() -> Path:
    """The folder of the jars, fetched by Maven where they are not there yet."""
    if shutil.which("java") is None:
        raise Unavailable("no java on this machine")
    if any(CACHE.glob("validation-model-*.jar")):
        return CACHE
    if shutil.which("mvn") is None:
        raise Unavailable("no mvn on this machine to fetch veraPDF with")
    CACHE.mkdir(parents=True, exist_ok=True)
    copy = ["dependency:copy-dependencies", f"-DoutputDirectory={CACHE}"]
    run = subprocess.run(["mvn", "-q", "-B", *copy], cwd=HERE / "verapdf", capture_output=True, text=True, timeout=300)
    if run.returncode:
        raise Unavailable(f"Maven could not fetch veraPDF: {run.stdout.strip()[-200:]}")
    return CACHE


def broken_rules(files: Sequence[Path]) -> dict[str, str]:
    """What each file breaks of PDF/A-2b, by its name; an empty answer for each that breaks nothing."""
    source = HERE / "verapdf" / "Check.java"
    command = ["java", "-Xmx512m", "-cp", f"{fetch_jars()}/*", str(source), *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    told = dict(line.split("\t", 1) for line in run.stdout.splitlines() if "\t" in line)
    return {file.name: "" if told[str(file)] == "ok" else told[str(file)] for file in files}
