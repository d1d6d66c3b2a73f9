"""Any common audio file in, mono 16-bit samples at 16 kHz out."""

import shlex
import struct
from math import gcd
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from cmp_engine.audio.exceptions import AudioError

SAMPLE_RATE_HZ = 16_000
_FULL_SCALE = 32_768
# Outside, a header is damaged: telephones record at 8 kHz, studios at up to 384 kHz.
_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 4_000, 400_000
# Writers that stream to a pipe cannot know the length; they leave a value near the largest possible.
_UNKNOWN_LENGTH = 0x7FFF0000


def load_waveform(path: str | Path) -> NDArray[np.int16]:
    """Read a recording as the front-end wants it.

    Channels are averaged, other rates resampled by a polyphase filter, other sample formats rounded. A mono 16-bit
    file at 16 kHz comes back bit by bit.

    Args:
        path: WAV, FLAC, OGG (Vorbis, Opus) or MP3 file of any rate and channel count.
    Returns:
        Samples, mono, 16 kHz, shape (L,), int16.
    Raises:
        AudioError: the file is missing, empty, not audio, damaged or cut short.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            _check_complete(file.read(), path)
            file.seek(0)
            samples, rate_hz = _decode(file)
    except OSError as error:
        raise AudioError(f"{path}: cannot read the file ({error.strerror or error}); check the path.") from error
    except soundfile.LibsndfileError as error:
        if not path.stat().st_size:
            raise AudioError(f"{path}: the file is empty; record it again.") from None
        converted = path.with_name(f"{path.stem}-converted.wav")
        raise AudioError(
            f"{path}: not a readable audio file ({error.error_string.strip()}) Record it again, or convert it: "
            f"ffmpeg -i {shlex.quote(str(path))} -ac 1 -ar {SAMPLE_RATE_HZ} {shlex.quote(str(converted))}"
        ) from error
    if not _LOWEST_RATE_HZ <= rate_hz <= _HIGHEST_RATE_HZ:
        raise AudioError(f"{path}: a sample rate of {rate_hz} Hz is no recording of speech; record it again.")
    if not len(samples):
        raise AudioError(f"{path}: the file holds no samples; record it again.")
    return _convert(samples, rate_hz, path)


def _decode(file: BinaryIO) -> tuple[NDArray[np.int16] | NDArray[np.float64], int]:
    """Samples as int16 (L,) where the file holds just that, else float64 (L,) in [-1, 1]; and the rate in Hz."""
    # By descriptor, because soundfile would believe a file's extension rather than its content.
    with soundfile.SoundFile(file.fileno(), closefd=False) as sound:
        if sound.subtype == "PCM_16" and sound.channels == 1:
            return sound.read(dtype="int16"), sound.samplerate
        return sound.read(dtype="float64", always_2d=True).mean(axis=1), sound.samplerate


def _convert(samples: NDArray[np.int16] | NDArray[np.float64], rate_hz: int, path: Path) -> NDArray[np.int16]:
    """Samples (L,) at any rate to int16 at 16 kHz; int16 samples at that rate are returned as they are."""
    if samples.dtype == np.int16:
        if rate_hz == SAMPLE_RATE_HZ:
            return samples.astype(np.int16, copy=False)
        samples = samples / _FULL_SCALE
    if not np.isfinite(samples).all():
        raise AudioError(f"{path}: some samples are not finite numbers; export the recording again as 16-bit WAV.")
    resampled = samples.astype(np.float64, copy=False)
    if rate_hz != SAMPLE_RATE_HZ:
        divisor = gcd(rate_hz, SAMPLE_RATE_HZ)
        resampled = resample_poly(resampled, SAMPLE_RATE_HZ // divisor, rate_hz // divisor)
    return np.clip(np.rint(resampled * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def _check_complete(content: bytes, path: Path) -> None:
    """Refuse a WAV file that ends before its header says: the decoder would return what is left without a word."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return
    position = 12
    while position + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, position)
        position += 8 + length
        if name == b"data":
            missing = position - len(content)
            if length < _UNKNOWN_LENGTH and missing > 0:
                raise AudioError(f"{path}: cut short, {missing} bytes of sound are missing; copy the file again.")
            return
        position += length % 2  # chunks are padded to even length
