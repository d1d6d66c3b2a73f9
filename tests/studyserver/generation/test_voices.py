"""Faces from recordings of one's own."""

from pathlib import Path

from studyserver.generation.voices import folder_names


def test_folders_are_named_like_the_recordings_and_never_lead_out():
    voices = [Path(name) for name in ("ann.wav", "bob.wav", "bob.mp3", "..wav", "...wav")]
    assert list(folder_names(voices).values()) == ["ann", "bob.wav", "bob.mp3", "..wav", "...wav"]
