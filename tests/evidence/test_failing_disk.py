"""A disk that answers EIO, at any write and at any flush of a package, leaves nothing half-made and says so.

The system calls fail for real: a small library between the program and libc returns EIO for files of the package that
is being built, from the n-th call on, whoever makes it: Python, the muxer, or another thread.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence import SealFailed
from records import FrozenClock, LogRow, verify_chain
from tests.evidence.conftest import START, Site, film, seal_request, write_street

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int left = -1, of_flush = 0, hits = 0;
void eio_arm(int after, int flush) { of_flush = flush; left = after; hits = 0; }
int eio_hits(void) { left = -1; return hits; }
static int fails(int fd, int flush) {
    char name[64], path[4096];
    if (left < 0 || flush != of_flush) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    if (!strstr(path, "/.tmp-")) return 0;
    if (left > 0) { left--; return 0; }
    hits++; errno = EIO; return 1;
}
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);
ssize_t write(int fd, const void *b, size_t n) { REAL(write) return fails(fd, 0) ? -1 : real(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite) return fails(fd, 0) ? -1 : real(fd, b, n, o); }
int fsync(int fd) { REAL(fsync) return fails(fd, 1) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync) return fails(fd, 1) ? -1 : real(fd); }
"""
WRITES, FLUSHES = (0, 1, 3, 6, 9, 12, 16, 20), (0, 1, 5, 12, 18, 21, 22, 24)


def seal_on_it(folder: Path) -> list[dict[str, object]]:
    """What became of one sealing for each place at which the disk begins to fail; and of one on a good disk after."""
    shim, site = ctypes.CDLL(None), Site.at(folder / "site", FrozenClock(START + timedelta(seconds=30)))
    request = seal_request(film(write_street(folder / "street.mp4")))
    told: list[dict[str, object]] = []
    for flush, places in ((0, WRITES), (1, FLUSHES)):
        for after in places:
            alert = f"{flush}-{after}"
            shim.eio_arm(after, flush)
            try:
                site.sealer.seal(replace(request, alert={**request.alert, "id": alert}))
                failed = ""
            except SealFailed as error:
                failed = str(error)
            hits = shim.eio_hits()
            left = [*site.store.orphans(), *site.store.list()]
            told.append({"flush": flush, "after": after, "hits": hits, "failed": failed, "left": left})
    good = site.sealed_and_stamped(request)
    with site.database.read() as session:
        kinds = [row.kind for row in session.query(LogRow).order_by(LogRow.seq)]
        told.append({"ok": site.verify(good.path, log=site.database).ok, "kinds": kinds,
                     "chain": verify_chain(session, "machine:worker-1").ok})  # fmt: skip
    return told


def test_wherever_the_disk_begins_to_fail_nothing_half_made_is_left(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler here to build the library that lets the disk fail")
    (tmp_path / "eio.c").write_text(SHIM)
    build = [compiler, "-shared", "-fPIC", "-O1", "-o", tmp_path / "eio.so", tmp_path / "eio.c", "-ldl"]
    subprocess.run(build, check=True)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.evidence.test_failing_disk", tmp_path],
        env={**os.environ, "LD_PRELOAD": str(tmp_path / "eio.so"), "PYTHONPATH": str(root)},
        cwd=root, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *tries, last = json.loads(done.stdout.splitlines()[-1])
    for one in tries:
        assert one["hits"], f"nothing failed: {one}"
        assert "Input/output error" in one["failed"] and one["left"] == [], one
    assert last["ok"] and last["chain"]
    assert last["kinds"].count("evidence.aborted") == len(tries)
    assert last["kinds"].count("evidence.intent") == len(tries) + 1


if __name__ == "__main__":
    print(json.dumps(seal_on_it(Path(sys.argv[1]))))
