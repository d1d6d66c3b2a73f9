"""Faces from recordings of one's own."""

from pathlib import Path

import pytest

from studyserver.generation import voices as voices_module
from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.voices import folder_names, make_face


def test_folders_are_named_like_the_recordings_and_never_lead_out():
    voices = [Path(name) for name in ("ann.wav", "bob.wav", "bob.mp3", "..wav", "...wav")]
    assert list(folder_names(voices).values()) == ["ann", "bob.wav", "bob.mp3", "..wav", "...wav"]


def test_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(voices_module, "_load", lambda *_: lambda _: [{}])
    with pytest.raises(RequestRefused, match=r"folder .*/file/new cannot be made \(Not a directory\)\. Name another"):
        make_face(Path("ann.wav"), trained=None, out=tmp_path / "file" / "new", device="cpu")
