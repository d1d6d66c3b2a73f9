"""Whatever interrupts the writing of a file or folder, what was there before stays and nothing lies beside it."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from cmp_engine.exceptions import EngineError
from cmp_engine.io import WriteError, files, whole_file, whole_folder, write_bytes, write_secret, write_text


def content_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def no_space(descriptor):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def synced(monkeypatch):
    """Names of what was brought to the disk, in that order, as they were then."""
    names, sync = [], os.fsync

    def note(descriptor):
        names.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(files.os, "fsync", note)
    return names


def test_file_appears_when_it_is_complete_in_folders_that_are_made(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


def test_file_can_be_read_back_before_it_is_put_in_its_place(tmp_path):
    with whole_file(tmp_path / "a.txt") as file:
        file.write(b"whole")
        file.seek(0)
        assert file.read() == b"whole"
    assert (tmp_path / "a.txt").read_bytes() == b"whole"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_interrupted_writing_leaves_the_former_file(tmp_path, interruption):
    path = tmp_path / "a.txt"
    write_text(path, "former")
    with pytest.raises(interruption), whole_file(path) as file:  # noqa: PT012 - the block is what is interrupted
        file.write(b"half")
        raise interruption
    assert content_of(tmp_path) == {"a.txt": "former"}


def test_full_disk_leaves_the_former_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_text(path, "former")
    monkeypatch.setattr(files.os, "fsync", no_space)
    with pytest.raises(WriteError, match=r"^cannot write .*/a\.txt \(No space left on device\)\. Free some space"):
        write_text(path, "new")
    assert content_of(tmp_path) == {"a.txt": "former"}


def test_place_that_cannot_be_written_is_named_with_the_remedy(tmp_path):
    (tmp_path / "file").touch()
    message = r"cannot write .*/file/a\.txt \(.*/file is a file\)\. .* correct the permissions or choose another place"
    with pytest.raises(WriteError, match=message):
        write_text(tmp_path / "file" / "a.txt", "text")
    assert issubclass(WriteError, EngineError)


def test_folder_in_the_place_of_a_file_stays(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(WriteError, match=r"cannot write .*/a \(Is a directory\)"):
        write_text(tmp_path / "a", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_file_then_its_name_and_those_of_new_folders_come_to_the_disk(tmp_path, synced):
    write_bytes(tmp_path / "one" / "two" / "a.bin", b"1")
    *folders, part, last = synced
    assert folders == [str(tmp_path / "one"), str(tmp_path)]
    assert part.startswith(f"{tmp_path}/one/two/.part-")
    assert last == str(tmp_path / "one" / "two")


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_shares_that_cannot_sync_folders_take_files_all_the_same(tmp_path, monkeypatch, code):
    def sync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, "not for folders")

    monkeypatch.setattr(files.os, "fsync", sync)
    write_text(tmp_path / "a.txt", "text")
    assert content_of(tmp_path) == {"a.txt": "text"}


def test_folder_whose_names_cannot_come_to_the_disk_is_told_of(tmp_path, monkeypatch):
    def sync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files.os, "fsync", sync)
    with pytest.raises(WriteError, match="Input/output error"):
        write_text(tmp_path / "a.txt", "text")


def test_processes_of_one_number_never_share_a_name(tmp_path, monkeypatch):
    """Two containers on one share, both with process 1, write one file at the same time: one of them wins whole."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    both = Barrier(2)

    def write(letter):
        with whole_file(tmp_path / "a.txt") as file:
            for _ in range(100):
                file.write(letter)
            both.wait(10)

    threads = [Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert content_of(tmp_path)["a.txt"] in ("a" * 100, "b" * 100)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


def test_name_that_is_taken_is_never_written_over(tmp_path, monkeypatch):
    monkeypatch.setattr(files.secrets, "token_hex", lambda _: "taken")
    with whole_file(tmp_path / "a.txt") as file:
        file.write(b"first")
        with pytest.raises(WriteError, match="File exists"):
            write_text(tmp_path / "b.txt", "second")
    assert content_of(tmp_path) == {"a.txt": "first"}


def test_names_may_be_as_long_as_names_can_be(tmp_path):
    name = "a" * 255
    write_text(tmp_path / name, "text")
    assert content_of(tmp_path) == {name: "text"}


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640)])
def test_other_processes_may_read_what_the_umask_lets_them(tmp_path, umask, mode):
    program = "import sys, pathlib; from cmp_engine.io import write_text; write_text(pathlib.Path(sys.argv[1]), 'x')"
    subprocess.run([sys.executable, "-c", program, tmp_path / "a.txt"], umask=umask, check=True)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_writer_loads_no_torch():
    program = "import cmp_engine.io, sys; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_secret_is_for_its_owner_and_the_first_one_stands(tmp_path):
    path = tmp_path / "new" / "secret"
    write_secret(path, "first")
    write_secret(path, "second")
    assert content_of(tmp_path) == {"new/secret": "first"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_folder_takes_the_place_of_the_former_one(tmp_path):
    write_text(tmp_path / "out" / "old.txt", "old")
    with whole_folder(tmp_path / "out") as folder:
        (folder / "new.txt").write_text("new")
        assert content_of(tmp_path / "out") == {"old.txt": "old"}
    assert content_of(tmp_path) == {"out/new.txt": "new"}
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_all_of_a_folder_comes_to_the_disk_before_it_is_put_in_its_place(tmp_path, synced):
    with whole_folder(tmp_path / "out") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "a.txt").write_text("text")
        beside = str(folder)
        synced.clear()
    assert sorted(synced[:-1]) == [beside, f"{beside}/deep", f"{beside}/deep/a.txt"]
    assert synced[-1] == str(tmp_path)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_interrupted_folder_leaves_the_former_one(tmp_path, interruption):
    write_text(tmp_path / "out" / "old.txt", "old")
    with pytest.raises(interruption), whole_folder(tmp_path / "out") as folder:  # noqa: PT012
        (folder / "new.txt").write_text("new")
        raise interruption
    assert content_of(tmp_path) == {"out/old.txt": "old"}
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_folder_interrupted_between_its_two_names_is_put_back(tmp_path, monkeypatch):
    write_text(tmp_path / "out" / "old.txt", "old")
    rename = type(tmp_path).rename

    def rename_once(path, target):
        if path.name.startswith(".part-") and target == tmp_path / "out" and not (path / "old.txt").exists():
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(type(tmp_path), "rename", rename_once)
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "out") as folder:
        (folder / "new.txt").write_text("new")
    assert content_of(tmp_path) == {"out/old.txt": "old"}
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_file_in_the_place_of_a_folder_stays(tmp_path):
    write_text(tmp_path / "out", "mine")
    with pytest.raises(WriteError, match=r"cannot write .*/out \(.*/out is a file\)"), whole_folder(tmp_path / "out"):
        pass
    assert content_of(tmp_path) == {"out": "mine"}
