"""Operations read carriers' files in the admin: wrong rows named by line, safe to read twice, unmatched tried again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.disputes.models import Dispute
from aftersales.returns.models import CarrierEvent, ReturnShipment
from tests.disputes.states import reach

URL = "/admin/returns/carrierevent/upload/"
LIST = "/admin/returns/carrierevent/"
NUMBER = "SF1234567890123"
HEAD = "carrier,tracking,event,kind,at,place,amount,currency"
AT = "2026-11-23T18:00:00+08:00"
ROWS = [
    f"顺丰,{NUMBER},1,in_transit,{AT},杭州,,",
    f"SF,{NUMBER},2,delivered,2026-11-23,,,",
    f"SF,12,3,delivered,{AT},,,",
    f"SF,{NUMBER},4,eaten,{AT},,,",
    f"SF,{NUMBER},5,billed,{AT},,twelve,CNY",
    f"SF,{NUMBER},6,billed,{AT},,12.00,CNY",
    f"SF,SF9999999999999,7,picked_up,{AT},,,",
]


@pytest.fixture
def desk(client, cast):
    client.force_login(cast.platform)
    return client


def upload(client, rows=ROWS, head=HEAD, encoding="utf-8"):
    file = SimpleUploadedFile("events.csv", "\n".join([head, *rows]).encode(encoding))
    return client.post(URL, {"file": file})


@pytest.fixture
def on_the_way(file_case, cast, now):
    return reach("return_in_transit", file_case, cast, now)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rows_are_taken_by_themselves_and_the_refused_named_by_line(encoding, on_the_way, desk):
    answer = upload(desk, encoding=encoding)
    assert answer.status_code == 200
    report = answer.context["report"]
    assert (report.new, report.known, report.unmatched) == (3, 0, 1)
    assert [line for line, _why in report.refused] == [3, 4, 5, 6]
    assert CarrierEvent.objects.get(event="1").place == "杭州"
    again = upload(desk, encoding=encoding).context["report"]
    assert (again.new, again.known, len(again.refused)) == (0, 3, 4)


def test_what_is_no_list_of_events(desk):
    for content in [b"", b"a,b\n1,2", b"\xff\xfe\x00\x00\x81"]:
        answer = desk.post(URL, {"file": SimpleUploadedFile("events.csv", content)})
        assert answer.status_code == 422
    assert not CarrierEvent.objects.exists()


def test_the_unmatched_are_listed_and_tried_again(on_the_way, desk, now):
    upload(desk, [f"SF,SF9999999999999,7,delivered,{AT},,,"])
    page = desk.get(LIST, {"matched": "no"})
    assert "SF9999999999999" in page.content.decode()
    # The number was mistyped by the buyer and is put right by a person.
    ReturnShipment.objects.update(tracking="SF9999999999999")
    event = CarrierEvent.objects.get()
    desk.post(LIST, {"action": "try_again", "_selected_action": [event.pk]})
    assert Dispute.objects.get().status == "awaiting_inspection"
    desk.post(LIST, {"action": "try_again", "_selected_action": [event.pk]})
    assert "SF9999999999999" not in desk.get(LIST, {"matched": "no"}).content.decode()


@pytest.mark.parametrize("who", ["buyer", "owner", "arbitrator", "senior", "marketplace"])
def test_for_operations_only(who, client, cast):
    client.force_login(getattr(cast, who))
    for answer in (client.get(URL), client.get(LIST), upload(client)):
        assert answer.status_code in {302, 403}
    assert not CarrierEvent.objects.exists()
