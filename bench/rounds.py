"""Measures in turn, so that a noisy machine is noisy for everybody: medians, ratios, spread."""

import json
import statistics
from collections.abc import Callable, Mapping

Rounds = dict[str, list[float]]


def rounds(named: Mapping[str, Callable[[], float]], count: int) -> Rounds:
    """Run each measure once a round, ``count`` rounds; gives every figure by name."""
    found: Rounds = {name: [] for name in named}
    for _ in range(count):
        for name, measure in named.items():
            found[name].append(measure())
    return found


def ratios(found: Rounds, ours: str, peer: str) -> list[float]:
    """Give ours over the peer's, round by round."""
    return [one / other for one, other in zip(found[ours], found[peer], strict=True)]


def ratio(found: Rounds, ours: str, peer: str) -> float:
    """Give the median of ours over the peer's, round by round."""
    return round(statistics.median(ratios(found, ours, peer)), 3)


def median(found: Rounds, name: str) -> float:
    """Give the median of one measure."""
    return statistics.median(found[name])


def spread(found: Rounds, name: str) -> tuple[float, float]:
    """Give the lowest and the highest figure of one measure."""
    return min(found[name]), max(found[name])


def show(found: Rounds, unit: str) -> None:
    """Print median and spread of each measure."""
    for name in found:
        low, high = spread(found, name)
        print(f"  {name:34s} {median(found, name):12.3f} {unit}   ({low:.3f} to {high:.3f})")


def show_ratios(found: Rounds, pairs: Mapping[str, tuple[str, str]]) -> None:
    """Print median and spread of each named ratio."""
    for name, (ours, peer) in pairs.items():
        each = ratios(found, ours, peer)
        low, high = min(each), max(each)
        print(f"  {name:34s} {statistics.median(each):12.3f}      ({low:.3f} to {high:.3f})")


def report(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print the figures, as one JSON object if asked."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:28s} {value}")
