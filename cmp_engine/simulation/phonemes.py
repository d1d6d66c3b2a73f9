"""What is said: random but pronounceable sequences of phonemes, as articulation over time.

Formants of the vowels are the averages of men in Peterson and Barney (1952), for a vocal tract of about 17 cm;
consonants are in the manner of Klatt (1980), simplified.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

FRAMES_PER_S = 125


class Phoneme(NamedTuple):
    """Articulation of one sound by a vocal tract of 17 cm.

    Attributes:
        formants_hz: first three formants.
        duration_ms: typical length.
        voicing, aspiration, frication: amplitudes of the glottal pulses, of noise at the glottis and of noise in the
            mouth, from 0 to 1.
        noise_hz, noise_width_hz: centre and bandwidth of the noise in the mouth.
        damping: factor on the formant bandwidths (nasals are damped).
    """

    formants_hz: tuple[float, float, float]
    duration_ms: float
    voicing: float = 0.0
    aspiration: float = 0.0
    frication: float = 0.0
    noise_hz: float = 2500.0
    noise_width_hz: float = 1500.0
    damping: float = 1.0


def _vowel(f1: float, f2: float, f3: float) -> Phoneme:
    return Phoneme((f1, f2, f3), 120, voicing=1.0, aspiration=0.02)


PHONEMES: dict[str, Phoneme] = {
    "_": Phoneme((500, 1500, 2500), 250),  # pause
    "i": _vowel(270, 2290, 3010),
    "ih": _vowel(390, 1990, 2550),
    "eh": _vowel(530, 1840, 2480),
    "ae": _vowel(660, 1720, 2410),
    "ah": _vowel(730, 1090, 2440),
    "aw": _vowel(570, 840, 2410),
    "uh": _vowel(440, 1020, 2240),
    "u": _vowel(300, 870, 2240),
    "er": _vowel(490, 1350, 1690),
    "m": Phoneme((270, 1000, 2200), 70, voicing=0.45, damping=2.5),
    "n": Phoneme((270, 1500, 2500), 65, voicing=0.45, damping=2.5),
    "l": Phoneme((350, 1050, 2880), 60, voicing=0.7),
    "w": Phoneme((300, 650, 2150), 60, voicing=0.7),
    "y": Phoneme((270, 2150, 2950), 55, voicing=0.7),
    "r": Phoneme((320, 1100, 1500), 60, voicing=0.7),
    "h": Phoneme((500, 1400, 2450), 60, aspiration=0.25),
    "s": Phoneme((320, 1390, 2530), 95, frication=0.5, noise_hz=6200, noise_width_hz=1800),
    "sh": Phoneme((300, 1840, 2750), 95, frication=0.5, noise_hz=3300, noise_width_hz=1300),
    "f": Phoneme((340, 1100, 2080), 85, frication=0.15, noise_hz=5500, noise_width_hz=5000),
    "z": Phoneme((240, 1390, 2530), 70, voicing=0.35, frication=0.3, noise_hz=6000, noise_width_hz=1800),
    "v": Phoneme((220, 1100, 2080), 60, voicing=0.4, frication=0.08, noise_hz=5000, noise_width_hz=5000),
    # Plosives: a closure, then a burst with aspiration.
    "p.": Phoneme((300, 900, 2100), 60),
    "t.": Phoneme((300, 1700, 2600), 55),
    "k.": Phoneme((300, 1900, 2200), 60),
    "b.": Phoneme((250, 900, 2100), 50, voicing=0.15),
    "d.": Phoneme((250, 1700, 2600), 45, voicing=0.15),
    "g.": Phoneme((250, 1900, 2200), 50, voicing=0.15),
    "p": Phoneme((400, 1000, 2150), 35, aspiration=0.12, frication=0.25, noise_hz=1200, noise_width_hz=2500),
    "t": Phoneme((400, 1750, 2600), 35, aspiration=0.12, frication=0.45, noise_hz=4500, noise_width_hz=2500),
    "k": Phoneme((400, 1850, 2250), 40, aspiration=0.12, frication=0.45, noise_hz=2000, noise_width_hz=900),
    "b": Phoneme((400, 1000, 2150), 15, voicing=0.5, frication=0.2, noise_hz=1200, noise_width_hz=2500),
    "d": Phoneme((400, 1750, 2600), 15, voicing=0.5, frication=0.3, noise_hz=4500, noise_width_hz=2500),
    "g": Phoneme((400, 1850, 2250), 20, voicing=0.5, frication=0.3, noise_hz=2000, noise_width_hz=900),
}
_VOWELS = ("i", "ih", "eh", "ae", "ah", "aw", "uh", "u", "er")
_ONSETS = (*"mnlwyrhsfzv", "sh", "")
_PLOSIVES = tuple("ptkbdg")
_CODAS = ("", "", "", "n", "l", "s", "m", "r")
_NAMES = tuple(PHONEMES)
_TABLE = np.array([[*phoneme.formants_hz, *phoneme[1:]] for phoneme in PHONEMES.values()])


class Articulation(NamedTuple):
    """Movement of a 17 cm vocal tract, F frames at 125 per second.

    Attributes:
        formants_hz: first three formants, (F, 3).
        voicing, aspiration, frication, noise_hz, noise_width_hz, damping: as in `Phoneme`, (F,).
        phrase: place within the phrase from 0 (start) to 1 (end); 0 in pauses, (F,).
        accent: how much the voice rises for emphasis, 0 to 1, (F,).
    """

    formants_hz: NDArray[np.float64]
    voicing: NDArray[np.float64]
    aspiration: NDArray[np.float64]
    frication: NDArray[np.float64]
    noise_hz: NDArray[np.float64]
    noise_width_hz: NDArray[np.float64]
    damping: NDArray[np.float64]
    phrase: NDArray[np.float64]
    accent: NDArray[np.float64]


def babble(frames: int, syllables_per_s: float, rng: np.random.Generator) -> Articulation:
    """Say random syllables in phrases of three to eight, with pauses between them.

    Args:
        frames: length of the utterance, at 125 frames per second.
        syllables_per_s: speaking rate within phrases, about 3 to 6.
        rng: source of what is said.
    """
    numbers: list[int] = []
    lengths: list[int] = []
    phrase: list[NDArray[np.float64]] = []
    accent: list[float] = []
    spoken = 0
    while spoken < frames:
        names = ["_"]
        for _ in range(rng.integers(3, 9)):
            names += _syllable(rng)
        indices = [_NAMES.index(name) for name in names]
        # A syllable of the inventory takes 0.22 s on average.
        stretch = 4.5 / syllables_per_s * rng.lognormal(0.0, 0.15, len(names))
        durations = np.maximum(1, np.rint(_TABLE[indices, 3] * stretch * FRAMES_PER_S / 1000)).astype(int)
        if not numbers:
            durations[0] = rng.integers(3, 20)
        numbers += indices
        lengths += durations.tolist()
        accent += [float(rng.random() < 0.4) if name in _VOWELS else 0.0 for name in names]
        phrase += [np.zeros(durations[0]), np.linspace(0, 1, durations[1:].sum())]
        spoken += int(durations.sum())
    track = np.repeat(_TABLE[numbers], lengths, axis=0)[:frames]
    moving = _smoothed(track, frames=9)  # the tongue takes about 70 ms
    sounding = _smoothed(track, frames=3)
    return Articulation(
        formants_hz=moving[:, :3],
        voicing=sounding[:, 4],
        aspiration=sounding[:, 5],
        frication=sounding[:, 6],
        noise_hz=track[:, 7],
        noise_width_hz=track[:, 8],
        damping=sounding[:, 9],
        phrase=np.concatenate(phrase)[:frames],
        accent=_smoothed(np.repeat(accent, lengths)[:frames], frames=25),
    )


def _syllable(rng: np.random.Generator) -> list[str]:
    """Names of the phonemes of one syllable: onset, vowel, coda."""
    if rng.random() < 0.35:
        plosive = str(rng.choice(_PLOSIVES))
        names = [f"{plosive}.", plosive]
    else:
        names = [str(rng.choice(_ONSETS))]
    names += [str(rng.choice(_VOWELS)), str(rng.choice(_CODAS))]
    return [name for name in names if name]


def _smoothed(track: NDArray[np.float64], *, frames: int) -> NDArray[np.float64]:
    """Average over time (axis 0) with a raised-cosine window."""
    window = np.hanning(frames + 2)[1:-1]
    smooth: NDArray[np.float64] = convolve1d(track, window / window.sum(), axis=0, mode="nearest")
    return smooth
