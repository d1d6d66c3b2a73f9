"""Data sets whose making may be killed at any time and is completed by the next call with the same arguments.

A mark with the arguments stands in the folder while it is made; a record with the same arguments is written last, and
then the mark is removed. Between these last two steps both are there: the record counts.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from cmp_engine.exceptions import EngineError
from cmp_engine.io import write_text

Arguments = TypeVar("Arguments")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Resumable(Generic[Arguments]):
    """The folder of a data set that is made in steps.

    Attributes:
        out: the folder.
        record: name of the JSON file that a finished data set has.
        mark: name of what stands in the folder while it is made: the file of the arguments, or a folder with it.
        started: path of the file of the arguments in ``out``.
        arguments_in: arguments as they were stored, from JSON.
        verb: what making is called, and what has been made: ``("simulate", "simulated")``.
        error: what is raised, with a message for the user.
    """

    out: Path
    record: str
    mark: str
    started: str
    arguments_in: Callable[[dict[str, Any]], Arguments]
    verb: tuple[str, str]
    error: type[EngineError]

    def is_finished(self, arguments: Arguments) -> bool:
        """Whether the data set is complete; a mark that a killed call left in it is removed.

        Raises:
            EngineError: the folder holds anything else than (a part of) the data set with these arguments.
        """
        if self.out.exists() and not self.out.is_dir():
            raise self.error(f"{self.out} is a file; name a folder.")
        for name in (self.record, self.started):
            if (self.out / name).is_file():
                self._require(arguments, self.read(name, lambda content: self.arguments_in(content["arguments"])))
                if name == self.record:
                    self.remove_mark()
                return name == self.record
        if self.out.is_dir() and any(self.out.iterdir()):
            raise self.error(
                f"{self.out} is not empty and holds no data set that was {self.verb[1]}; name a new or empty folder."
            )
        return False

    def begin(self, arguments: dict[str, Any]) -> None:
        """Set the mark.

        Raises:
            WriteError: it cannot be written.
        """
        _write_json(self.out / self.started, {"arguments": arguments})

    def finish(self, arguments: dict[str, Any], **content: Any) -> None:
        """Write the record, then remove the mark.

        Raises:
            WriteError: the record cannot be written.
        """
        _write_json(self.out / self.record, {"arguments": arguments, **content})
        self.remove_mark()

    def read(self, name: str, parsed: Callable[[dict[str, Any]], Part]) -> Part:
        """Part of a JSON file in the folder.

        Raises:
            EngineError: the file is damaged.
        """
        path = self.out / name
        try:
            return parsed(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError, EngineError) as error:
            again = f"remove the folder and {self.verb[0]} again"
            raise self.error(f"{path} is damaged ({error!r}); {again}.") from error

    def remove_mark(self) -> None:
        """Remove the mark where there is one: the data set is finished, or comes to nothing."""
        mark = self.out / self.mark
        if mark.is_dir():
            shutil.rmtree(mark)
        elif mark.exists():  # On a file system that is read only, even removing nothing is refused.
            mark.unlink()

    def _require(self, wanted: Arguments, found: Arguments) -> None:
        if found != wanted:
            raise self.error(
                f"{self.out} holds a data set {self.verb[1]} with {found}, but {wanted} was asked for. "
                "Ask for the same, name another folder, or remove this one."
            )


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1))
