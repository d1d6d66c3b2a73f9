"""Data set D1: 154 simulated participants by 10 questions with known effects."""

import hashlib

import numpy as np
from scipy.special import expit
from scipy.stats import norm

SHA256 = "c36ceab9256b6f75b7effc46db9de49ba04d7bcf211cb93723dc5ab3648a2f71"


def uniform(key: str) -> float:
    return (int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) + 0.5) / 2**32


def d1_rows() -> list[tuple[int, int, int, int]]:
    """Rows (participant, question, side, y): side 1 where our method stood left, y 1 where it was chosen."""
    person = [0.6 * norm.ppf(uniform(f"s:{s}")) for s in range(154)]
    item = [0.5 * norm.ppf(uniform(f"q:{q}")) for q in range(10)]
    rows = []
    for s in range(154):
        left = set(sorted(range(10), key=lambda q: uniform(f"side:{s}:{q}"))[:5])
        for q in range(10):
            side = 1 if q in left else -1
            eta = 0.35 + person[s] + item[q] + 0.15 * side
            rows.append((s, q, side, int(uniform(f"y:{s}:{q}") < expit(eta))))
    return rows


def d1_tables() -> tuple[np.ndarray, np.ndarray]:
    """D1 as tables (154, 10): our method was chosen; the left stimulus was chosen."""
    chosen = np.zeros((154, 10), dtype=bool)
    chose_left = np.zeros((154, 10), dtype=bool)
    for s, q, side, y in d1_rows():
        chosen[s, q] = y
        chose_left[s, q] = (side == 1) == bool(y)
    return chosen, chose_left


def d1_columns() -> np.ndarray:
    """D1 as columns (4, 1540): participant, question, side and chosen, one entry per answer."""
    return np.array(d1_rows()).T
