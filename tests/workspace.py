"""A server of its own in a temporary folder, driven by real commands in real processes."""

import os
import sqlite3
from pathlib import Path

from tests.forked import Forked

CONDITIONS = "base-2,cmp-unsupervised,cmp-supervised"


class Workspace:
    """A data folder with its own database, and the commands on it."""

    def __init__(self, folder: Path, dataset: Path) -> None:
        self.folder = folder
        self.dataset = dataset
        self.generate = ("--profile", "smoke", "--dataset", str(dataset), "--conditions", CONDITIONS)

    def environment(self, **extra: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        return inherited | {"PERCEPTIONIST_DATA_DIR": str(self.folder), "OMP_NUM_THREADS": "1"} | extra

    def start(self, *arguments: str, **extra: str) -> Forked:
        """Start a command in a process group of its own."""
        return Forked(["manage.py", *arguments], self.environment(**extra))

    def manage(self, *arguments: str, status: int = 0, **extra: str) -> str:
        """Run a command to its end; its exit status must be ``status``."""
        process = self.start(*arguments, **extra)
        output = process.communicate()
        assert process.returncode == status, output
        return output

    def rows(self, query: str, *values: object) -> list[tuple]:
        connection = sqlite3.connect(self.folder / "db.sqlite3", timeout=30)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def jobs(self, study: str) -> dict[str, tuple]:
        """State, progress and attempts of each stage."""
        query = (
            "select stage, j.state, progress, attempts from generation_generationjob j "
            "join studies_study s on s.id = study_id where slug = ? order by j.id"
        )
        return {stage: values for stage, *values in self.rows(query, study)}

    @property
    def run(self) -> Path:
        (found,) = {run for (run,) in self.rows("select distinct run from generation_generationjob")}
        return self.folder / "runs" / found


def times(folder: Path) -> dict[str, int]:
    """When each file was last written."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
