"""The clocks of a case, one after the other, read from its timeline: anybody can recompute every deadline."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersales.disputes.clocks import due_of
from aftersales.disputes.codes import FINAL, Role
from aftersales.disputes.models import Event
from aftersales.disputes.workflow import ACTIONS, CLOCKS
from aftersales.policies.calendars import Counting
from aftersales.policies.values import plain_words
from portal.ui.times import say_span

# Actions that change the running clock instead of starting one of the table.
_CHANGES = frozenset({"extend", "resume"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One clock as it ran: whose turn, from when to when, by which rule, and how it ended."""

    seq: int
    clock: str  # of the workflow table; empty where a running clock was changed
    change: str  # the action that changed it, else empty
    awaiting: str
    started_at: datetime
    due_at: datetime
    seconds: int
    counting: str
    capped: bool
    policy_id: int | None
    ended_at: datetime | None = None
    ended_by: str = ""  # the action
    silent: bool = False  # ended by silence

    @property
    def words(self) -> str:
        """What the clock is for."""
        if self.change:
            return _("More time was given") if self.change == "extend" else _("The case went on")
        return plain_words(f"timers.{CLOCKS[self.clock].timer}")

    @property
    def length(self) -> str:
        """How long it was set to, and in which time."""
        counting = str(Counting(self.counting).label)
        span = say_span(self.seconds // 60)
        return span if self.counting == Counting.NATURAL else f"{span} · {counting}"

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.ended_at is None:
            return _("runs")
        return _("ran out") if self.silent else _("in time")


def turns(events: Iterable[Event]) -> list[Turn]:
    """Read the clocks from a timeline in its order."""
    found: list[Turn] = []
    awaiting = ""
    for event in events:
        record: dict[str, Any] | None = event.data.get("clock")
        if found and found[-1].ended_at is None and (record is not None or event.to_status in FINAL):
            silent = event.role == Role.SYSTEM and event.action in _SILENCES and event.at >= found[-1].due_at
            found[-1] = replace(found[-1], ended_at=event.at, ended_by=event.action, silent=silent)
        if record is not None:
            name = record.get("clock", "")
            awaiting = str(CLOCKS[name].awaiting) if name else awaiting
            found.append(_turn(event, record, awaiting))
    return found


def off(event: Event) -> bool:
    """Tell whether an entry's deadline is not what its own clock says."""
    record = event.data.get("clock")
    return record is not None and due_of(record, event.at) != datetime.fromisoformat(record["due_at"])


_SILENCES = frozenset({clock.on_silence for clock in CLOCKS.values()} & ACTIONS.keys())


def _turn(event: Event, record: dict[str, Any], awaiting: str) -> Turn:
    return Turn(
        seq=event.seq,
        clock=record.get("clock", ""),
        change=event.action if event.action in _CHANGES else "",
        awaiting=awaiting,
        started_at=event.at,
        due_at=datetime.fromisoformat(record["due_at"]),
        seconds=record["seconds"],
        counting=record.get("counting", str(Counting.NATURAL)),
        capped="cap" in record,
        policy_id=record.get("policy"),
    )
