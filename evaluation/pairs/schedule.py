"""Which two of several methods each question shows, and which of them first: balanced pairs."""

import itertools
from collections.abc import Sequence

import numpy as np


def balanced_pairs(methods: Sequence[str], questions: int, seed: int) -> tuple[tuple[str, str], ...]:
    """Choose which two methods each question shows, and which of them first.

    Parameters
    ----------
    methods : sequence of str
        At least two different ones.
    questions : int
        How many questions.
    seed : int
        Equal seeds give equal schedules; take another for each participant.

    Returns
    -------
    tuple of tuple of str
        First and second method of each question.

    Raises
    ------
    ValueError
        Fewer than two methods, the same one twice, or a negative number of questions.

    Notes
    -----
    A balanced incomplete block design of block size 2: where `questions` is a multiple of ``k (k - 1) / 2`` every pair
    comes equally often. Otherwise pairs, and methods, differ by at most one. Every method stands first and second
    equally often, or once more on one side, and so do both orders of each pair.

    Pairs beyond the last multiple form a graph whose degrees differ by at most one (after Havel and Hakimi). Pairs
    shown an odd number of times form another; walking along its edges until stuck, each walk pointing its edges
    forward, balances the sides.

    References
    ----------
    Hakimi, S. L. (1962). Journal of the Society for Industrial and Applied Mathematics 10, 496-506.

    Examples
    --------
    >>> balanced_pairs(["A", "B", "C"], questions=3, seed=1)
    (('B', 'A'), ('A', 'C'), ('C', 'B'))
    """
    if len(methods) < 2 or len(set(methods)) < len(methods) or questions < 0:
        raise ValueError(f"need two or more different methods and no negative number, got {methods=}, {questions=}")
    rng = np.random.default_rng(seed)
    names = [methods[number] for number in rng.permutation(len(methods))]
    pairs = list(itertools.combinations(range(len(names)), 2))
    rounds, rest = divmod(questions, len(pairs))
    more = _even_graph(len(names), rest)
    schedule: list[tuple[int, int]] = []
    odd = []
    for pair in pairs:
        copies = rounds + (pair in more)
        schedule += [pair, pair[::-1]] * (copies // 2)
        odd += [pair] * (copies % 2)
    schedule += _balanced_orders(odd)
    return tuple((names[schedule[at][0]], names[schedule[at][1]]) for at in rng.permutation(len(schedule)))


def _even_graph(nodes: int, edges: int) -> set[tuple[int, int]]:
    """So many different pairs of the nodes that their degrees differ by at most one."""
    wanted = np.full(nodes, 2 * edges // nodes)
    wanted[: 2 * edges % nodes] += 1
    found = set()
    for _ in range(nodes):
        order = np.argsort(-wanted, kind="stable")
        node, partners = order[0], order[1 : 1 + wanted[order[0]]]
        found |= {(int(min(node, each)), int(max(node, each))) for each in partners}
        wanted[partners] -= 1
        wanted[node] = 0
    return found


def _balanced_orders(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs, each in the order in which every node comes first and second equally often, up to one."""
    left: dict[int, list[int]] = {}
    for one, other in pairs:
        left.setdefault(one, []).append(other)
        left.setdefault(other, []).append(one)
    ordered = []
    # A walk from a node with an odd number of pairs ends at another of them; from then on both have an even number.
    for start in sorted(left, key=lambda node: len(left[node]) % 2 == 0):
        node = start
        while left[node]:
            following = left[node].pop()
            left[following].remove(node)
            ordered.append((node, following))
            node = following
    return ordered
