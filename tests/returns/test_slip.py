"""The slip in the parcel: for those whom the case concerns, readable in both languages."""

import pytest
import segno

from aftersales.returns.models import ReturnShipment
from aftersales.returns.slip import qr_svg, slip_pdf
from tests.disputes.states import reach


@pytest.fixture
def returning(file_case, cast, now):
    case = reach("awaiting_return_shipment", file_case, cast, now)
    ReturnShipment.objects.update(to_name="陈女士", to_phone="0571 8888", to_address="杭州市运河路 1 号\n二楼")
    return case


def test_the_slip_is_a_pdf_with_a_chinese_address(returning):
    drawn = slip_pdf(ReturnShipment.objects.get())
    assert drawn.startswith(b"%PDF-")
    assert b"STSong-Light" in drawn
    assert drawn == slip_pdf(ReturnShipment.objects.get()), "the same slip twice"


def test_the_code_holds_the_case_number(returning):
    assert qr_svg(returning.number).startswith(b"<?xml")
    assert segno.make_qr(returning.number, error="q").error == "Q"


ACCESS = {"buyer": 200, "owner": 200, "finance": 200, "arbitrator": 200, "rival": 404, "outsider": 404}


@pytest.mark.parametrize("who", ACCESS)
def test_who_gets_it(who, returning, cast, client):
    client.force_login(getattr(cast, who))
    for name in ("slip.pdf", "slip.svg"):
        assert client.get(f"/disputes/{returning.number}/{name}").status_code == ACCESS[who]


def test_the_buyers_page_leads_to_it(returning, cast, client):
    client.force_login(cast.buyer)
    assert f"/disputes/{returning.number}/slip.pdf" in client.get(f"/disputes/{returning.number}/").content.decode()
    client.logout()
    assert client.get(f"/disputes/{returning.number}/slip.pdf").status_code == 302
