"""A PostgreSQL server of one's own: a fresh cluster in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def server_programs() -> Path | None:
    """The folder of the newest installed server; Debian keeps it off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """Yield the URL of a database on a server that listens on a Unix socket only."""
    # A short folder of its own: socket paths are limited to about 100 characters.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        # The server refuses to run as root; Debian's package brings the user postgres.
        owner = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(folder, owner)

        def run(*command: str) -> None:
            subprocess.run(command, check=True, capture_output=True, user=owner, cwd=folder, umask=0o077)

        data = str(folder / "data")
        run(str(programs / "initdb"), "-D", data, "-U", "perceptionist", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgres://perceptionist@{str(folder).replace('/', '%2F')}/postgres"
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")


def main(command: Sequence[str]) -> int:
    """Run a command with ``DATABASE_URL`` naming a fresh server; returns its exit status."""
    programs = server_programs()
    if programs is None:
        sys.exit("PostgreSQL is not installed; install it with: sudo apt-get install postgresql")
    with running_server(programs) as url:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m tests.postgresql COMMAND...")
    sys.exit(main(sys.argv[1:]))
