import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from studyserver.reports.figures import (
    ALIKE,
    BLUE,
    COUNTED,
    RED,
    drawings,
    participants_figure,
    questions_figure,
    times_figure,
    to_png,
    to_svg,
    votes_figure,
)

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


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


def grey(colour):
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_two_methods_differ_in_grey():
    assert grey(RED) - grey(BLUE) > 80


def bars(axes, colour):
    """Place of the middle -> (bottom, height) of the bars of a colour."""
    from matplotlib.colors import to_hex

    return {
        round(bar.get_x() + bar.get_width() / 2, 3): (bar.get_y(), bar.get_height())
        for bar in axes.patches
        if hasattr(bar, "get_height") and to_hex(bar.get_facecolor()) == to_hex(colour)
    }


def test_participants_stand_where_their_share_is_and_the_excluded_on_top(report_with_excluded):
    figure = participants_figure(report_with_excluded)
    counted = np.bincount((np.random.default_rng(3).random((40, 10)) < 0.75).sum(axis=1), minlength=11)
    for axes, without, everybody in zip(
        figure.axes, report_with_excluded.sections, report_with_excluded.everybody.sections, strict=True
    ):
        assert bars(axes, COUNTED) == {place: (0, count) for place, count in enumerate(counted)}
        counts = [count.participants for count in everybody.per_participant.counts]
        assert bars(axes, "white") == {
            place: (counted[place], count - counted[place])
            for place, count in enumerate(counts)
            if count > counted[place]
        }
        [outline] = [patch for patch in axes.patches if patch.get_label() == ALIKE]
        assert list(outline.get_data().values) == [count.expected for count in without.per_participant.counts]
        assert list(outline.get_data().edges[:2]) == [-0.5, 0.5]
    hatched = [bar for bar in figure.axes[1].patches if bar.get_hatch()]
    assert sum(bar.get_height() for bar in hatched) == 30
    assert 255 - grey(COUNTED) > 60


def test_times_have_their_quartiles_and_the_declared_limit(report_with_excluded):
    """Everybody who counts took 3 s for each answer; thirty excluded ones 0.4 s where 0.8 s was declared."""
    answers, people = times_figure(report_with_excluded).axes
    # Ten bins to a decade: 3 s lies in the 35th, 0.4 s in the 27th.
    assert {place: bar for place, bar in bars(answers, COUNTED).items() if bar[1]} == {34.5: (0, 1200)}
    assert bars(answers, "white") == {26.5: (0, 900)}
    assert {place: bar for place, bar in bars(people, COUNTED).items() if bar[1]} == {34.5: (0, 40)}
    assert bars(people, "white") == {26.5: (0, 30)}
    assert [line.get_xdata()[0] for line in answers.lines] == pytest.approx([10 * np.log10(3000)] * 3)
    assert [line.get_xdata()[0] for line in people.lines] == pytest.approx([10 * np.log10(800)])


def test_without_times_there_is_no_figure_of_them(report_of):
    chosen = np.random.default_rng(3).random((4, 2)) < 0.7
    report = report_of(chosen, chosen, chosen, response_ms=None)
    assert [name for name, _ in drawings(report)] == ["votes", "questions", "participants"]


def test_one_participant_has_no_outline_to_be_compared_with(report_of):
    one = np.ones((1, 3), dtype=bool)
    labels = [patch.get_label() for patch in participants_figure(report_of(one, one, one)).axes[0].patches]
    assert ALIKE not in labels


def test_questions_stand_at_their_share_with_their_interval(d1_report):
    axes = questions_figure(d1_report).axes[0]
    (points,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert list(points.get_xdata()) == pytest.approx(
        [count / 154 for count in (77, 86, 103, 97, 90, 112, 108, 105, 106, 71)]
    )
    low, high = axes.collections[0].get_segments()[0][:, 0]
    assert low < 0.5 < high


def test_a_rehearsal_is_labelled_in_every_figure(report_of, d1_report):
    chosen = np.random.default_rng(3).random((20, 10)) < 0.7
    for name, figure in drawings(report_of(chosen, chosen, chosen, simulated=True)):
        assert "simulated votes" in [*words(figure), *(text.get_text() for text in figure.texts)], name
    for _, figure in drawings(d1_report):
        assert "simulated votes" not in [*words(figure), *(text.get_text() for text in figure.texts)]


def test_the_limit_is_in_the_picture_where_all_answers_are_slower(d1_report):
    people = times_figure(replace(d1_report, fastest_median_ms=100)).axes[1]
    (limit,) = [line.get_xdata()[0] for line in people.lines]
    assert people.get_xlim()[0] < limit < people.get_xlim()[1]


def test_the_same_report_gives_the_same_svg_and_a_sharp_png(d1_report):
    for (_, first), (_, second) in zip(drawings(d1_report), drawings(d1_report), strict=True):
        assert to_svg(first) == to_svg(second)
        assert Image.open(io.BytesIO(to_png(first))).width == 1200
