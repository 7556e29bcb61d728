"""What each case came to, in one place: every figure of this room counts these facts, every list shows them.

A case is a *kept sale* when it has ended, the buyer kept the goods and was not refunded in full, nor was later in
another case about the same pieces. The *kept amount* is what was paid for the pieces less what was granted: refunds of
whoever bore them, compensation, and the worth of coupons. What goods that were sent anew cost the seller is not known
here and not counted.

Not counted are sellers' claims and safety recalls: nobody asks a plan about them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftersales.disputes.codes import FINAL
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import DisputeType, RemedyKind

# The conditions that figures count by and lists filter by. Regret is counted of those who accepted a plan's offer.
CONDITIONS: dict[str, str] = {
    "requests": "true",
    "offered": "offered",
    "chosen": "chosen",
    "ended": "ended",
    "kept": "kept",
    "kept_by_plan": "kept AND chosen",
    "escalated": "escalated",
    "again": "again",
    "bad_review": "bad_review",
    "regret": "chosen AND (again OR escalated OR reopened OR bad_review)",
    "bought_30": "bought_again < closed_at + interval '30 days'",
    "bought_60": "bought_again < closed_at + interval '60 days'",
    "bought_90": "bought_again < closed_at + interval '90 days'",
    "asked_30": "closed_at < %(now)s - interval '30 days'",
    "asked_60": "closed_at < %(now)s - interval '60 days'",
    "asked_90": "closed_at < %(now)s - interval '90 days'",
}
# What figures may be broken down by: expressions over the facts, as text.
DIMENSIONS: dict[str, str] = {
    "all": "''",
    "plan": "coalesce(plan_id::text, '')",
    "version": "coalesce(plan_id::text || '.' || version, '')",
    "option": "CASE WHEN chosen THEN chosen_kind ELSE '' END",
    "reason": "reason",
    "category": "category",
    "tier": "buyer_tier",
    "week": "to_char(date_trunc('week', opened_at AT TIME ZONE 'Asia/Shanghai'), 'YYYY-MM-DD')",
    "arm": "coalesce(arm_id::text, '')",
}

FACTS = """
facts AS (
    SELECT d.id, d.number, d.merchant_id, d.buyer_id, d.arm_id, d.reason, d.buyer_tier, d.opened_at, d.closed_at,
        d.currency, d.reopened, d.status, v.plan_id, v.number AS version, p.category,
        d.max_amount AS paid, coalesce(m.cash, 0) + coalesce(c.worth, 0) AS cost,
        d.status = ANY(%(final)s) AS ended, d.escalated_at IS NOT NULL AS escalated,
        o.offered, o.chosen, o.chosen_kind, later.again, p.bad_review, next.bought_again,
        d.status = ANY(%(final)s) AND coalesce(m.refunded, 0) < d.max_amount AND NOT later.undone
            AND NOT (d.outcome <> '' AND coalesce(d.terms ->> 'kind', '') = %(returned)s
                AND coalesce(m.refunded, 0) > 0) AS kept
    FROM disputes_dispute d
    LEFT JOIN plans_planversion v ON v.id = d.plan_version_id
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS cash, sum(amount - compensation) AS refunded
        FROM remedies_refundinstruction WHERE "case" = d.number
    ) m ON true
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS worth FROM remedies_coupongrant WHERE "case" = d.number AND state <> 'cancelled'
    ) c ON true
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS offered, coalesce(bool_or(state = 'accepted'), false) AS chosen,
            coalesce(min(kind) FILTER (WHERE state = 'accepted'), '') AS chosen_kind
        FROM disputes_offer WHERE dispute_id = d.id AND plan_version_id IS NOT NULL
    ) o
    CROSS JOIN LATERAL (
        SELECT coalesce(min(ol.category), '') AS category,
            coalesce(bool_or(ol.review_score <= 2 AND ol.review_at > d.opened_at), false) AS bad_review
        FROM disputes_disputeline dl JOIN orders_orderline ol ON ol.id = dl.order_line_id WHERE dl.dispute_id = d.id
    ) p
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS again,
            coalesce(bool_or(d2.status = ANY(%(final)s) AND r2.refunded >= d2.max_amount), false) AS undone
        FROM disputes_disputeline dl JOIN disputes_disputeline dl2 ON dl2.order_line_id = dl.order_line_id
        JOIN disputes_dispute d2 ON d2.id = dl2.dispute_id AND d2.id > d.id AND d2.type <> ALL(%(others)s)
        LEFT JOIN LATERAL (
            SELECT sum(amount - compensation) AS refunded FROM remedies_refundinstruction WHERE "case" = d2.number
        ) r2 ON true
        WHERE dl.dispute_id = d.id
    ) later
    LEFT JOIN LATERAL (
        SELECT min(paid_at) AS bought_again FROM orders_order
        WHERE buyer_id = d.buyer_id AND merchant_id = d.merchant_id AND paid_at > d.closed_at
    ) next ON true
    WHERE {scope} AND d.type <> ALL(%(others)s)
)
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases: a merchant's of a period in one currency, or those of an experiment."""

    now: datetime
    merchant_id: int | None = None
    currency: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    experiment_id: int | None = None

    @property
    def sql(self) -> str:
        """The facts of these cases, to stand after WITH."""
        if self.experiment_id is not None:
            scope = "d.arm_id IN (SELECT id FROM experiments_arm WHERE experiment_id = %(experiment)s)"
        else:
            scope = (
                "d.merchant_id = %(merchant)s AND d.currency = %(currency)s"
                " AND d.opened_at >= %(begin)s AND d.opened_at < %(end)s"
            )
        return FACTS.format(scope=scope)

    @property
    def values(self) -> dict[str, Any]:
        """The parameters that the facts need."""
        return {
            "now": self.now,
            "merchant": self.merchant_id,
            "currency": self.currency,
            "begin": self.begin,
            "end": self.end,
            "experiment": self.experiment_id,
            "final": [str(status) for status in FINAL],
            "others": [*CLAIMS, str(DisputeType.SAFETY_RECALL)],
            "returned": str(RemedyKind.RETURN_REFUND),
        }
