"""The slip in the parcel: for those whom the case concerns, readable in both languages."""

from io import BytesIO

import pytest
import segno
from django.utils import translation
from reportlab.lib.pagesizes import A6
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from aftersales.returns.models import ReturnShipment
from aftersales.returns.paper import FONT, Sheet, _first_line
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


@pytest.mark.parametrize("paper", ["a6", "a4"])
@pytest.mark.parametrize("payer", ["buyer", "merchant", "platform"])
def test_it_is_a_label_where_the_sender_pays_nothing(payer, paper, returning):
    ReturnShipment.objects.update(freight_payer=payer)
    shipment = ReturnShipment.objects.get()
    with translation.override("zh-hans"):
        drawn = slip_pdf(shipment, paper=paper)
    assert (b"297.6378 419.5276" in drawn) == (paper == "a6")
    assert (b"595.2756 841.8898" in drawn) == (paper == "a4")


def test_long_addresses_wrap_in_both_scripts():
    sheet = Sheet(Canvas(BytesIO(), pagesize=A6), *A6)
    start = sheet.y
    sheet.write("浙江省杭州市余杭区良渚街道运河路一号二号楼三层退货组，电话请打给前台。" * 2, 12)
    assert start - sheet.y > 3 * 12
    long = "A" * 200
    line, rest = _first_line(long, 12, sheet.room(12))
    assert line + rest == long
    assert pdfmetrics.stringWidth(line, FONT, 12) <= sheet.room(12)
    assert _first_line("Returns desk, second floor", 12, 80)[0] == "Returns desk,"


def test_the_code_holds_the_case_number(returning):
    assert qr_svg(returning.number).startswith(b"<?xml")
    assert segno.make_qr(returning.number, error="q").error == "Q"


ACCESS = {"buyer": 200, "owner": 200, "finance": 200, "arbitrator": 200, "rival": 404, "outsider": 404}


@pytest.mark.parametrize("who", ACCESS)
def test_who_gets_it(who, returning, cast, client):
    client.force_login(getattr(cast, who))
    for name in ("slip.pdf", "slip.pdf?paper=a4", "slip.pdf?paper=wall", "slip.svg"):
        assert client.get(f"/disputes/{returning.number}/{name}").status_code == ACCESS[who]


def test_the_buyers_page_leads_to_it(returning, cast, client):
    client.force_login(cast.buyer)
    assert f"/disputes/{returning.number}/slip.pdf" in client.get(f"/disputes/{returning.number}/").content.decode()
    client.logout()
    assert client.get(f"/disputes/{returning.number}/slip.pdf").status_code == 302
