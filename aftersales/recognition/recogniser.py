"""Recognise what a message is about: cues found in it add up by group, the strongest group wins.

Deterministic and explainable: the answer names the words that decided. Below a confidence people are asked instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import exp

from aftersales.recognition import cues_en, cues_zh
from aftersales.recognition.groups import AFTER_SALES, Group

LONGEST = 2000  # of a message, what is looked at
SURE = 0.75  # a plan answers by itself from here on
# What speaks for "anything else" before a word was read: most messages to a shop are no after-sales problem.
_PRIOR = {Group.OTHER: 1.2}
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Recognised:
    """A message's group, how sure that is, how sure it is an after-sales problem (both 0 to 1), and why."""

    group: Group
    confidence: float
    after_sales: float
    cues: tuple[str, ...]

    @property
    def is_after_sales(self) -> bool:
        """Whether an after-sales problem is what it is most likely about, or more likely about than not."""
        return self.group in AFTER_SALES or self.after_sales >= 0.5


def recognise(text: str) -> Recognised:
    """Say what a message in Chinese, English or both is about; any text is fine, also none at all."""
    found = list(_found(_plain(text)))
    scores = dict.fromkeys(Group, 0.0)
    scores.update(_PRIOR)
    for group, weight, _words in found:
        scores[group] += weight
    likely = _shares(scores)
    group = max(likely, key=lambda g: likely[g])
    words = tuple(words for of, _weight, words in found if of == group)
    return Recognised(group, likely[group], sum(likely[g] for g in AFTER_SALES), words)


def _plain(text: str) -> str:
    """Wide letters and signs become plain ones, runs of blanks one."""
    return " ".join(text[:LONGEST].translate(_WIDE).lower().split())


def _found(text: str) -> Iterator[tuple[Group, float, str]]:
    for group, pattern, weight in _cues(bool(_CHINESE.search(text))):
        if match := pattern.search(text):
            yield group, weight, match.group()


@cache
def _cues(chinese: bool) -> list[tuple[Group, re.Pattern[str], float]]:
    """Mixed messages are read for both: there are English words in Chinese ones, not the other way round."""
    tables = [cues_zh.CUES, cues_en.CUES] if chinese else [cues_en.CUES]
    return [
        (group, re.compile(pattern), weight)
        for table in tables
        for group, cues in table.items()
        for pattern, weight in cues
    ]


def _shares(scores: dict[Group, float]) -> dict[Group, float]:
    most = max(scores.values())
    powers = {group: exp(score - most) for group, score in scores.items()}
    whole = sum(powers.values())
    return {group: power / whole for group, power in powers.items()}
