"""Where what is made of a file goes."""

from pathlib import Path

import pytest

from cmp_engine.exceptions import EngineError
from cmp_engine.io import folder_names


def test_folders_are_named_like_the_recordings_and_never_lead_out():
    voices = [Path(name) for name in ("ann.wav", "bob.wav", "bob.mp3", "..wav", "...wav")]
    assert list(folder_names(voices).values()) == ["ann", "bob.wav", "bob.mp3", "..wav", "...wav"]


def test_two_files_of_one_name_are_refused():
    with pytest.raises(EngineError, match=r"2 recordings are called 'x\.wav', and faces are named like them; rename"):
        folder_names([Path("a/x.wav"), Path("y.wav"), Path("b/x.wav")])
