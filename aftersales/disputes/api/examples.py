"""Examples of the main calls, for the schema and the docs page."""

from drf_spectacular.utils import OpenApiExample

OPENING = [
    OpenApiExample(
        "A part refund for poor material",
        value={
            "order": "ORDER-1001",
            "lines": [{"line": "1", "quantity": 1}],
            "type": "quality_visible",
            "reason": "poor_material",
            "wants": {"remedy": "partial_refund_keep", "amount": "30.00"},
            "statement": "The seam came apart on the first day.",
        },
        request_only=True,
    ),
    OpenApiExample(
        "A seller found an empty parcel",
        value={
            "order": "ORDER-1001",
            "lines": [{"line": "1", "quantity": 1}],
            "type": "returned_goods_dispute",
            "reason": "empty_return",
            "wants": {"remedy": "recovery_from_buyer", "amount": "80.00"},
            "about": "D-7KQ4M-2XPWA",
            "statement": "The parcel weighed 300 g; two stones were inside.",
        },
        request_only=True,
    ),
]
ACTIONS = {
    "accept_offer": [OpenApiExample("The second offer", value={"offer": "offer_42"}, request_only=True)],
    "propose": [
        OpenApiExample(
            "A part refund",
            value={
                "kind": "partial_refund_keep",
                "amount": "25.00",
                "note": "Would this settle it for you?",
            },
            request_only=True,
        )
    ],
    "refuse": [
        OpenApiExample(
            "Nothing shows the problem",
            value={"reason": "no_evidence", "message": "Please send a photograph of the seam."},
            request_only=True,
        )
    ],
    "ship_return": [
        OpenApiExample("A parcel", value={"carrier": "SF Express", "tracking": "SF1020304050607"}, request_only=True)
    ],
}
