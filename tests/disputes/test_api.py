"""Cases over REST: the journeys, and who may see and do what."""

import pytest

from tests.rest.calls import opening


@pytest.fixture
def opened(api, buy):
    """A case opened by the buyer over REST."""
    return api("buyer").post("/disputes/", opening(buy())).json()


class TestOpening:
    def test_answers_with_the_case(self, api, buy):
        answer = api("buyer").post("/disputes/", opening(buy()))
        case = answer.json()
        assert answer.status_code == 201, case
        assert answer["Location"] == f"/api/v1/disputes/{case['number']}/"
        assert answer["ETag"] == f'"{case["version"]}"'
        assert (case["status"], case["stage"], case["awaiting"]) == ("awaiting_merchant", "negotiation", "merchant")
        assert case["due_at"]
        assert case["on_silence"]
        assert case["next_step"]
        assert case["wants"] == {"remedy": "partial_refund_keep", "amount": "30.00"}
        assert [p["by"] for p in case["proposals"]] == ["buyer"]
        assert case["policy_version"] == {"pack": "cn", "number": 1}
        assert {a["action"] for a in case["allowed_actions"]} >= {"withdraw", "propose"}
