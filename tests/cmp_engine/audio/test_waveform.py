import io

import numpy as np
import pytest
import soundfile

from cmp_engine.audio import AudioError, load_waveform


def tone(rate_hz: int, channels: int = 1, seconds: float = 0.5) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)
    return np.repeat(wave[:, None], channels, axis=1)


def test_mono_16_bit_wav_at_16_khz_comes_back_bit_by_bit(tmp_path):
    samples = np.random.default_rng(0).integers(-32768, 32768, 5000).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="PCM_16")
    loaded = load_waveform(tmp_path / "a.wav")
    assert loaded.dtype == np.int16
    np.testing.assert_array_equal(loaded, samples)


def test_golden_recording_equals_the_samples_in_the_file(golden):
    path = golden / "voice" / "Alan_Tudyk.wav"
    np.testing.assert_array_equal(load_waveform(path), np.frombuffer(path.read_bytes()[44:], np.int16))


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels", "subtype"),
    [
        ("a.wav", 44100, 2, "PCM_16"),
        ("a.wav", 48000, 1, "PCM_24"),
        ("a.wav", 8000, 1, "PCM_U8"),
        ("a.wav", 16000, 6, "FLOAT"),
        ("a.flac", 22050, 2, "PCM_16"),
        ("a.ogg", 48000, 2, "VORBIS"),
        ("a.ogg", 48000, 1, "OPUS"),
        ("a.mp3", 44100, 2, "MPEG_LAYER_III"),
        ("a.raw", 44100, 2, None),  # A WAV under a misleading name: content decides.
    ],
)
def test_any_common_file_becomes_16_khz_mono(tmp_path, name, rate_hz, channels, subtype):
    file_format = {"a.raw": "WAV"}.get(name)
    with (tmp_path / name).open("wb") as file:
        soundfile.write(file, tone(rate_hz, channels), rate_hz, subtype, format=file_format or name[2:].upper())
    loaded = load_waveform(tmp_path / name)
    assert loaded.dtype == np.int16
    assert loaded.ndim == 1
    # Lossy coders pad by up to a frame or two.
    assert len(loaded) == pytest.approx(8000, abs=1200)
    spectrum = np.abs(np.fft.rfft(loaded[:8000] * np.hanning(len(loaded[:8000]))))
    assert np.argmax(spectrum) * 16000 / len(loaded[:8000]) == pytest.approx(440, abs=4)
    assert np.abs(loaded[2000:6000].astype(float)).max() == pytest.approx(16384, rel=0.05)


def test_channels_are_averaged(tmp_path):
    stereo = np.stack([np.full(400, 1000), np.full(400, 2000)], axis=1).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", stereo, 16000)
    np.testing.assert_array_equal(load_waveform(tmp_path / "a.wav"), np.full(400, 1500))


def test_samples_beyond_full_scale_are_clipped_not_wrapped(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.array([2.0, -2.0, 0.5]), 16000, subtype="FLOAT")
    np.testing.assert_array_equal(load_waveform(tmp_path / "a.wav"), [32767, -32768, 16384])


def wav_bytes() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(16000), 16000, format="WAV")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; record it again"),
        (
            b"Dear diary, this is no sound at all." * 50,
            "not a readable audio file.*ffmpeg -i /.*/voice.wav -ac 1 .*/voice-conv",
        ),
        (b"RIFF\x00\x01\x00\x00WAVEgarbage that is no chunk", "not a readable audio file"),
        (wav_bytes()[:-6000], "cut short, 6000 bytes of sound are missing; copy the file again"),
        (wav_bytes()[:44][:40] + b"\0\0\0\0", "holds no samples"),
    ],
    ids=["empty", "text", "corrupt", "truncated", "no samples"],
)
def test_unusable_file_is_named_with_its_remedy(tmp_path, content, message):
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=rf"voice\.wav: .*{message}"):
        load_waveform(path)


def test_missing_file_and_folder_are_named(tmp_path):
    with pytest.raises(AudioError, match=r"gone\.wav: cannot read the file \(No such file or directory\)"):
        load_waveform(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match=r"Is a directory"):
        load_waveform(tmp_path)


def test_samples_that_are_no_numbers_are_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.array([0.1, np.nan]), 16000, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"a\.wav: some samples are not finite"):
        load_waveform(tmp_path / "a.wav")


def test_impossible_rate_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(1000), 3)
    with pytest.raises(AudioError, match=r"a\.wav: a sample rate of 3 Hz is no recording"):
        load_waveform(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("file_format", "subtype"), [("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("AIFF", "PCM_16")]
)
def test_damage_of_any_kind_is_an_audio_error_or_harmless(tmp_path, file_format, subtype):
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    soundfile.write(file, tone(22050), 22050, format=file_format, subtype=subtype)
    whole = np.frombuffer(file.getvalue(), np.uint8)
    refused = 0
    for number in range(40):
        damaged = whole.copy()
        damaged[rng.integers(0, 60 if number % 2 else len(whole), 6)] = rng.integers(0, 256, 6)
        (tmp_path / "a.bin").write_bytes(damaged[: rng.integers(1, 2 * len(whole))].tobytes())
        try:
            assert load_waveform(tmp_path / "a.bin").dtype == np.int16
        except AudioError:
            refused += 1
    assert refused > 5
