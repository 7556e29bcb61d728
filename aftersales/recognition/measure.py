"""How well messages are recognised, against labelled ones: by language and over all."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from aftersales.recognition.groups import Group
from aftersales.recognition.recogniser import recognise


class Labelled(NamedTuple):
    """A message with what it is about: `after_sales` is yes, adjacent or no; adjacent ones count for groups only."""

    language: str
    text: str
    group: str
    after_sales: str


@dataclass(slots=True)
class Measured:
    """Counts of one language, or of all."""

    messages: int = 0
    right: Counter[str] = field(default_factory=Counter)  # by group
    labelled: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    yes: Counter[str] = field(default_factory=Counter)  # (label, said) pairs, as "yes yes"
    seconds: float = 0.0

    @property
    def precision(self) -> float:
        """Of those said to be after-sales problems (labelled yes or no), how many are."""
        return _share(self.yes["yes yes"], self.yes["yes yes"] + self.yes["no yes"])

    @property
    def recall(self) -> float:
        """Of the after-sales problems, how many were said to be."""
        return _share(self.yes["yes yes"], self.yes["yes yes"] + self.yes["yes no"])

    @property
    def macro_f1(self) -> float:
        """The mean of the F1 of the groups that are labelled."""
        return _share(sum(map(self.f1, self.labelled)), len(self.labelled))

    def f1(self, group: str) -> float:
        """The harmonic mean of a group's precision and recall."""
        return _share(2 * self.right[group], self.labelled[group] + self.said[group])

    @property
    def milliseconds(self) -> float:
        """Per message."""
        return _share(1000 * self.seconds, self.messages)


def measure(messages: Iterable[Labelled]) -> dict[str, Measured]:
    """Recognise each message and count, by language and under "all"."""
    found: dict[str, Measured] = defaultdict(Measured)
    for one in messages:
        started = time.perf_counter()
        answer = recognise(one.text)
        seconds = time.perf_counter() - started
        for counts in (found[one.language or "unknown"], found["all"]):
            _count(counts, one, answer.group, answer.is_after_sales)
            counts.seconds += seconds
    return dict(found)


def _count(counts: Measured, one: Labelled, group: Group, after_sales: bool) -> None:
    counts.messages += 1
    counts.labelled[one.group] += 1
    counts.said[str(group)] += 1
    counts.right[one.group] += group == one.group
    if one.after_sales in {"yes", "no"}:
        counts.yes[f"{one.after_sales} {'yes' if after_sales else 'no'}"] += 1


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
