"""Files and folders appear whole or not at all, and what has appeared survives a power cut.

Whatever is written here is written beside its place under a name of its own, brought to the disk, and renamed.
"""

import errno
import itertools
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cmp_engine.exceptions import WriteError

# What folders answer on file systems, such as network shares, that bring renames to the disk by themselves.
NO_SYNC_OF_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
# As everywhere, the process's umask takes away from these: a service decides itself who reads its files.
FOR_ALL, FOR_OWNER = 0o666, 0o600


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place ``path`` once it is complete and on the disk. Folders are made.

    It can be read back before it is put in its place. When the block fails, nothing is left behind and what was
    there before stays.

    Raises:
        WriteError: the file cannot be written, for instance because the disk is full.
    """
    with _file_beside(path, FOR_ALL, put=os.replace) as file:
        yield file


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file whole.

    Raises:
        WriteError: the file cannot be written.
    """
    with whole_file(path) as file:
        file.write(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8) whole.

    Raises:
        WriteError: the file cannot be written.
    """
    write_bytes(path, text.encode())


def write_secret(path: Path, text: str) -> None:
    """Write a text that only its owner may read, unless it is there already.

    Of several processes that start together, all find the text of the first.

    Raises:
        WriteError: the file cannot be written.
    """
    with _file_beside(path, FOR_OWNER, put=_put_first) as file:
        file.write(text.encode())


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that takes the place ``path`` once it is complete and on the disk, also of a former folder.

    When the block fails, nothing is left behind and what was there before stays.

    Raises:
        WriteError: the folder cannot be written, for instance because the disk is full.
    """
    beside, former = _name_beside(path), _name_beside(path)
    try:
        with _told_of(path):
            if path.exists() and not path.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, f"{path} is a file")
            _make_folder(beside)
            yield beside
            _sync_tree(beside)
            with suppress(FileNotFoundError):
                path.rename(former)
            beside.rename(path)
            _sync_folder(path.parent)
    finally:
        if former.exists() and not path.exists():
            former.rename(path)
        for left in (beside, former):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _file_beside(path: Path, mode: int, *, put: Callable[[Path, Path], object]) -> Iterator[BinaryIO]:
    beside = _name_beside(path)
    with _told_of(path):
        _make_folder(path.parent)
        beside.touch(mode, exist_ok=False)
        try:
            with beside.open("r+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            put(beside, path)
            _sync_folder(path.parent)
        finally:
            beside.unlink(missing_ok=True)


def _put_first(beside: Path, path: Path) -> None:
    # A link never replaces a file.
    with suppress(FileExistsError):
        path.hardlink_to(beside)


def _name_beside(path: Path) -> Path:
    """A name that no other process has, on this machine or another; the process number would be both's in containers.

    It keeps nothing of the name in the end: that may be as long as names can be, and its ending invites readers.
    """
    return path.with_name(f".part-{secrets.token_hex(8)}")


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(
            f"cannot write {path} ({error.strerror or error}). Free some space, correct the permissions or choose "
            "another place, then call again: what was there before is unharmed, and finished work is kept."
        ) from error


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they, too, survive a power cut."""
    missing = list(itertools.takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    there = missing[-1].parent if missing else folder
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{there} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _sync_folder(each.parent)


def _sync_tree(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            _sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; the content of a file does not bring its name along."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC_OF_FOLDERS:
            raise
    finally:
        os.close(handle)
