import pytest
import torch

from cmp_engine.data import Identity
from cmp_engine.inference.sheet import close_up, women_and_men
from cmp_engine.morphable import MorphableModel

GENDERS = {"f": "f", "m": "m", "x": ""}


def identity(name: str) -> Identity:
    """``f1`` is a woman, ``m1`` a man, ``x1`` somebody of whom the meta file says nothing."""
    gender = GENDERS[name[0]]
    return Identity(name, vox_id=name, gender=gender, label=0, utterances=(), wavs=(), faces=(), reference=None)


@pytest.mark.parametrize(
    ("people", "count", "shown"),
    [
        ("m1 m2 f1 m3 f2 f3", 4, "f1 f2 m1 m2"),
        ("m1 m2 f1 m3 f2", 3, "f1 f2 m1"),
        ("m1 m2 m3 f1", 4, "f1 m1 m2 m3"),
        ("m1 f1 f2 f3", 4, "f1 f2 f3 m1"),
        ("x1 x2 x3", 2, "x1 x2"),
        ("m1", 8, "m1"),
    ],
)
def test_rows_are_women_and_men_in_equal_numbers_where_there_are(people, count, shown):
    assert [each.name for each in women_and_men([identity(name) for name in people.split()], count)] == shown.split()


@pytest.mark.parametrize("direction", [0, 1, 8])
@pytest.mark.parametrize("deviations", [-2, 2])
def test_close_up_shows_the_whole_of_wide_long_and_tall_heads(direction, deviations):
    model = MorphableModel.analytic("low")
    shape = torch.zeros(1, 40)
    shape[0, direction] = deviations
    picture = close_up(model.vertices(shape)[0].numpy(), model.faces.numpy())
    assert picture.shape == (192, 192, 3)
    corner = picture[0, 0].astype(int)
    for edge in (picture[0], picture[:100, 0], picture[:100, -1]):  # The neck may leave below.
        assert abs(edge.astype(int) - corner).max() < 12
