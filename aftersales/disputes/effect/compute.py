"""How one past case would have begun under other rules. Pure: stored facts in, differences out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from aftersales.disputes import clocks
from aftersales.disputes.eligibility import barrier
from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.disputes.services.filing import instant_scene
from aftersales.disputes.why import instant_step
from aftersales.disputes.workflow import CLOCKS
from aftersales.policies.book import versions
from aftersales.policies.layers import Layer
from aftersales.policies.rules import Rules, Source
from aftersales.policies.types import TYPES
from merchants.promises.services import Layers, rules_of, with_promise


class Beginning(NamedTuple):
    """What rules decide when a case is filed. `refused` is the code of what stood against it."""

    refused: str
    hours: int  # of the merchant's first clock
    silence: str
    instant: bool
    freight: str


class Difference(NamedTuple):
    """One thing that would have come out otherwise: `refused`, `clock`, `silence`, `instant` or `freight`."""

    kind: str
    was: str
    would: str


@dataclass(slots=True)
class Draft:
    """Draft rules of one pack, put in place of its published version; each combination is worked out once."""

    pack: str
    layer: Layer
    _known: dict[tuple[Layers, str], Rules] = field(default_factory=dict)

    def rules(self, layers: Layers, category: str) -> Rules:
        """Return the rules that the draft would have made for goods of a category."""
        key = (layers, category)
        if key not in self._known:
            self._known[key] = self._make(layers, category.strip().lower())
        return self._known[key]

    def _make(self, layers: Layers, category: str) -> Rules:
        (base,) = versions([layers.base])
        source = Source("pack", self.pack, 0, 0)
        own = base.pack == self.pack
        rules = Rules.parse(self.layer.dump(), source) if own else Rules.parse(base.layer.dump(), base.source)
        (over,) = versions([layers.category]) if layers.category else (None,)
        if self.pack.partition(".")[0] == base.pack and category in self.layer.categories:
            rules = rules.over(self.layer, source)
        elif over is not None and over.pack != self.pack:
            rules = rules.over(over.layer, over.source)
        return with_promise(rules, layers.promise)


def differences(case: Dispute, lines: Sequence[DisputeLine], draft: Draft) -> list[Difference]:
    """List what would have come out otherwise for a case whose lines and order are loaded."""
    if case.type not in TYPES:  # not filed under a window, or of a type that is no longer
        return []
    own = [Layers(case.policy_id, line.category_policy_id, case.promise_id) for line in lines]
    was = _begin(case, lines, [rules_of(layers) for layers in own], case.rules)
    new = [draft.rules(layers, line.order_line.category) for layers, line in zip(own, lines, strict=True)]
    # Goods of several categories share the base pack's clocks, as at filing.
    whole = new[0] if len({id(rules) for rules in new}) == 1 else draft.rules(Layers(case.policy_id), "")
    would = _begin(case, lines, new, whole)
    return [
        Difference(kind, str(a), str(b))
        for kind, a, b in zip(("refused", "clock", "silence", "instant", "freight"), was, would, strict=True)
        if a != b and (kind == "refused" or not would.refused)
    ]


def _begin(case: Dispute, lines: Sequence[DisputeLine], rules: Sequence[Rules], whole: Rules) -> Beginning:
    rule = TYPES[case.type]
    codes = (barrier(line.order_line, rule, own, case.opened_at) for line, own in zip(lines, rules, strict=True))
    clock = CLOCKS[clocks.merchant_clock(case, whole)]
    return Beginning(
        refused=next((code for code in codes if code), ""),
        hours=whole.timers[clock.timer],
        silence=clock.on_silence,
        instant=_instant(case, whole, case.opened_at),
        freight=whole.return_payer(remorse=rule.remorse),
    )


def _instant(case: Dispute, rules: Rules, at: datetime) -> bool:
    step = instant_step(case, rules, paid_at=case.order.paid_at, now=at) if instant_scene(case) else None
    return step is not None and step.code == "instant_refund"
