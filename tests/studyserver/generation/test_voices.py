"""Faces from recordings of one's own."""

import pytest

from studyserver.generation.exceptions import RequestRefused
from studyserver.generation.voices import recordings_in, require_folder, require_recording


def test_recordings_of_a_folder_are_its_audio_files_in_order(tmp_path):
    for name in ("b.WAV", "a.mp3", "notes.txt", "cover.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "c.wav").mkdir()
    assert [path.name for path in recordings_in(tmp_path)] == ["a.mp3", "b.WAV"]


def test_what_is_no_recording_or_no_folder_is_refused_before_anything_is_loaded(tmp_path):
    (tmp_path / "ann.wav").touch()
    require_recording(tmp_path / "ann.wav")
    require_folder(tmp_path)
    require_folder(tmp_path / "new")
    with pytest.raises(RequestRefused, match=r"is a folder, .*generate_stimuli --voices"):
        require_recording(tmp_path)
    with pytest.raises(RequestRefused, match=r"There is no file .*bob\.wav"):
        require_recording(tmp_path / "bob.wav")
    with pytest.raises(RequestRefused, match=r"ann\.wav is a file, .*Name a folder"):
        require_folder(tmp_path / "ann.wav")
