"""What the shop and finance see of advances, on pages and by API."""

from datetime import timedelta

import pytest

from aftersales.advances import services
from aftersales.advances.models import Advance
from portal.accounts.models import User
from tests.advances.makers import advanced
from tests.makers import make_user
from tests.rest.calls import Caller, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def advance(file_case, cast, now):
    return advanced(file_case, cast, now - timedelta(days=1))[1]


def test_the_shop_objects_and_finance_answers(advance, cast, client):
    client.force_login(cast.agent)
    assert advance.case in client.get("/merchant/advances/").content.decode()
    page = f"/merchant/advances/{advance.pk}/"
    assert client.post(page, {"text": " "}).status_code == 422
    assert client.post(page, {"text": "It was paid."}).status_code == 302
    assert "It was paid." in client.get(page).content.decode()

    client.force_login(cast.platform)
    assert advance.case in client.get("/admin/desk/finance/advances/").content.decode()
    page = f"/admin/desk/finance/advances/{advance.pk}/"
    assert client.post(page, {"right": "yes", "answer": ""}).status_code == 422
    assert client.post(page, {"right": "yes", "answer": "So it was."}).status_code == 302
    assert Advance.objects.get().state == "borne"
    assert client.post(page, {"right": "no", "answer": "Or not."}).status_code == 422, "answered once"


def test_a_second_person_corrects_an_answer_and_a_stale_answer_corrects_nothing(advance, cast, client):
    services.object_to(advance=advance, actor=cast.owner, now=advance.paid_at, text="I paid on the 3rd.")
    services.decide(advance=advance, actor=cast.platform, now=advance.paid_at, right=False, answer="You did not.")
    page, second = f"/admin/desk/finance/advances/{advance.pk}/", make_user("platform", "platform")
    User.objects.filter(pk=second.pk).update(is_staff=True)
    client.force_login(cast.platform)
    assert "Correct the answer" not in client.get(page).content.decode(), "it was their own"
    client.force_login(User.objects.get(pk=second.pk))
    assert "Correct the answer" in client.get(page).content.decode()
    assert client.post(page, {"right": "yes", "answer": "It was paid."}).status_code == 422
    assert Advance.objects.get().state == "final"
    assert client.post(page, {"correct": "1", "answer": " "}).status_code == 422
    assert client.post(page, {"correct": "1", "answer": "It was in the other file."}).status_code == 302
    assert (Advance.objects.get().state, Advance.objects.get().corrected_by_id) == ("borne", second.pk)
    assert client.post(page, {"correct": "1", "answer": "Or not."}).status_code == 422, "once"
    client.force_login(cast.owner)
    assert "It was in the other file." in client.get(f"/merchant/advances/{advance.pk}/").content.decode()


def test_by_api(advance, cast):
    owner = Caller(cast.owner)
    (row,) = owner.get("/advances/", {"state": "open"}).json()["results"]
    assert (row["case"], row["amount"], row["owed"], row["state"]) == (advance.case, "20.00", "20.00", "open")
    place = f"/advances/{row['id']}/"
    assert (row["recovered"], row["open"], row["borne"]) == ("0.00", "20.00", "0.00")
    assert owner.get(place).json() == row
    problem(owner.post(f"{place}object/", {"text": ""}), 422, "invalid")
    assert owner.post(f"{place}object/", {"text": "No."}, key="k").json()["state"] == "objected"
    again = owner.post(f"{place}object/", {"text": "No."}, key="k")
    assert again.headers["Idempotent-Replayed"] == "true"
    problem(owner.post(f"{place}object/", {"text": "No."}), 409, "not_open")
    problem(owner.get("/advances/", {"state": "odd"}), 400, "bad_parameter")
    for outsider in (cast.rival, cast.buyer):
        problem(Caller(outsider).get(place), 404, "not_found")
        assert Caller(outsider).get("/advances/").json()["results"] == []


def test_a_late_objection_says_so(advance, cast, client):
    services.sweep(now=advance.object_until)
    client.force_login(cast.owner)
    answer = client.post(f"/merchant/advances/{advance.pk}/", {"text": "No."})
    assert answer.status_code == 422
    problem(Caller(cast.owner).post(f"/advances/advance_{advance.pk}/object/", {"text": "No."}), 409, "not_open")
