"""Whatever interrupts the writing of a file, the one before it stays and nothing lies beside it."""

import pytest

from cmp_engine.exceptions import EngineError, WriteError
from cmp_engine.files import whole_file, write_text


def test_file_appears_when_it_is_complete_in_folders_that_are_made(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_interrupted_writing_leaves_the_former_file(tmp_path, interruption):
    path = tmp_path / "a.txt"
    write_text(path, "former")
    with pytest.raises(interruption), whole_file(path) as file:  # noqa: PT012 - the block is what is interrupted
        file.write(b"half")
        raise interruption
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


def test_place_that_cannot_be_written_is_named_with_the_remedy(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match=r"cannot write .*/file/a\.txt .*Free some space or choose another place"):
        write_text(tmp_path / "file" / "a.txt", "text")
    assert issubclass(WriteError, EngineError)
