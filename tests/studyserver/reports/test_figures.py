import io

import numpy as np
import pytest
from PIL import Image

from studyserver.reports.figures import BLUE, FIGURES, RED, questions_figure, to_png, to_svg, votes_figure


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def widths(figure, colour):
    from matplotlib.colors import to_hex

    bars = [bar for bar in figure.axes[0].patches if bar.get_height() > 0.2 and to_hex(bar.get_facecolor()) == colour]
    return [bar.get_width() for bar in bars]


def test_bars_have_the_length_of_their_share_and_fill_the_line(d1_report):
    figure = votes_figure(d1_report)
    assert widths(figure, BLUE) == pytest.approx([955 / 1540] * 3)
    assert widths(figure, RED) == pytest.approx([585 / 1540] * 3)


def test_every_bar_carries_percentages_counts_and_both_p_values(d1_report):
    said = words(votes_figure(d1_report))
    assert said.count("62.0\N{NO-BREAK SPACE}% (955)") == 3
    assert said.count("38.0\N{NO-BREAK SPACE}% (585)") == 3
    assert sum("0.0011 (∼10⁻³), people × questions" in words for words in said) == 3
    assert sum("1.7 × 10⁻²¹".replace(" ", "\N{NO-BREAK SPACE}") in words for words in said) == 3


def test_a_part_too_narrow_for_its_label_carries_it_above(report_of):
    chosen = np.ones((10, 10), dtype=bool)
    chosen[0, :8] = False
    said = words(votes_figure(report_of(chosen, ~chosen, chosen)))
    assert said.count("base-2 8.0\N{NO-BREAK SPACE}% (8)") == 2
    assert said.count("cmp-unsupervised 8.0\N{NO-BREAK SPACE}% (8)") == 1


def test_the_two_methods_differ_in_grey():
    def grey(colour):
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert grey(RED) - grey(BLUE) > 80


def test_questions_stand_at_their_share_with_their_interval(d1_report):
    axes = questions_figure(d1_report).axes[0]
    (points,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert list(points.get_xdata()) == pytest.approx(
        [count / 154 for count in (77, 86, 103, 97, 90, 112, 108, 105, 106, 71)]
    )
    low, high = axes.collections[0].get_segments()[0][:, 0]
    assert low < 0.5 < high


def test_a_rehearsal_is_labelled_in_the_chart(report_of):
    chosen = np.random.default_rng(3).random((20, 10)) < 0.7
    assert "simulated votes" in words(votes_figure(report_of(chosen, chosen, chosen, simulated=True)))


def test_the_same_report_gives_the_same_svg_and_a_sharp_png(d1_report):
    for draw in FIGURES.values():
        assert to_svg(draw(d1_report)) == to_svg(draw(d1_report))
        assert Image.open(io.BytesIO(to_png(draw(d1_report)))).width == 1200
