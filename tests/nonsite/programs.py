"""The program as a user starts it: a process of its own, its answer and its exit status."""

import subprocess
import sys
from pathlib import Path


def nonsite(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `nonsite` with arguments in a folder, to its end."""
    command = [sys.executable, "-m", "nonsite.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
