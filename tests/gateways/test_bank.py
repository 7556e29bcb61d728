"""Bank transfer: a payment file out, a statement back; no part is in a file twice, every line is accounted for."""

import io
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from aftersales.ledger import audit as ledger_audit
from aftersales.remedies import audit
from aftersales.remedies.gateways.bank import is_iban
from aftersales.remedies.gateways.bank_statements import Unreadable, read_statement
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import BankFile, BankTransfer, PayoutAccount, RefundAttempt, StatementLine
from aftersales.remedies.services import retry, run_due
from portal.accounts.models import User
from tests.makers import make_order, make_user
from tests.remedies.conftest import NOW, grant
from tests.remedies.test_races import at_once

OWN, BUYERS = "DE89370400440532013000", "NL91ABNA0417164300"
LATER = NOW + timedelta(days=2)


@pytest.fixture(autouse=True)
def bank(settings, db):
    settings.GATEWAYS = {"*": "bank"}
    settings.GATEWAY_OPTIONS = {"bank": {"holder": "Evenhand Market", "iban": OWN, "bic": "COBADEFFXXX"}}
    yield gateway("bank")
    assert audit.findings() == []
    assert ledger_audit.findings() == []


def owed(cash="30.00", *, account=True, currency="EUR", key="CASE:1"):
    order = make_order(["100.00"], [("transfer", "100.00")], currency=currency)
    if account:
        PayoutAccount.objects.create(buyer=order.buyer, holder="Zoë Müller 王", iban=BUYERS, updated_at=NOW)
    refund = grant(order, cash, key=key)
    run_due(now=NOW)
    return refund


def make(bank):
    return bank.make_file(now=NOW, execution_on=date(2026, 11, 24))


def state(refund):
    refund.refresh_from_db()
    return refund.state


def camt(*entries, statement="S-1"):
    body = "".join(
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts>"
        f"<AcctSvcrRef>A{n}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{ref}</EndToEndId></Refs>"
        f"<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"
        for n, (ref, amount, currency, way, status) in enumerate(entries)
    )
    return (
        "<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt>"
        f"<Stmt><Id>{statement}</Id>{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def csv(*rows):
    return "\n".join(["line,end_to_end_id,amount,currency,kind,reason", *rows]).encode()


def test_a_file_out_and_a_statement_back(bank):
    refund = owed()
    assert state(refund) == "granted"
    file = make(bank)
    assert (file.count, file.total) == (1, 30)
    root = ElementTree.fromstring(file.content)
    told = {tag: root.findtext(f".//{{*}}{tag}") for tag in ("EndToEndId", "InstdAmt", "CtrlSum")}
    transfer = BankTransfer.objects.get()
    assert told == {"EndToEndId": transfer.end_to_end_id, "InstdAmt": "30.00", "CtrlSum": "30.00"}
    assert [n.text for n in root.findall(".//{*}IBAN")] == [OWN, BUYERS]

    statement = camt((transfer.end_to_end_id, "30.00", "EUR", "DBIT", "BOOK"))
    assert read_statement(statement, now=LATER) == {"matched": 1}
    assert state(refund) == "succeeded"
    assert read_statement(statement, now=LATER) == {"again": 1}


def test_a_part_is_never_in_two_files(bank):
    owed()
    assert make(bank)
    assert make(bank) is None
    run_due(now=LATER)  # the executor asks again and again
    assert make(bank) is None
    assert BankTransfer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_files_made_at_once_share_nothing(bank):
    for n in range(3):
        owed(key=f"CASE:{n}")
    made = [file for file in at_once(4, lambda n: make(bank)) if file]
    assert sum(file.count for file in made) == 3
    assert BankTransfer.objects.filter(file__isnull=False).count() == 3


def test_money_that_comes_back_is_paid_another_way(bank, settings):
    refund = owed()
    make(bank)
    ref = BankTransfer.objects.get().end_to_end_id
    read_statement(camt((ref, "30.00", "EUR", "DBIT", "BOOK")), now=LATER)
    back = camt((ref, "30.00", "EUR", "CRDT", "BOOK"), statement="S-2")
    assert read_statement(back, now=LATER) == {"matched": 1}
    assert state(refund) == "reversed"
    assert RefundAttempt.objects.get().error == "AC04"
    settings.GATEWAYS = {"*": "bank", "balance": "balance"}
    retry(instruction=refund, now=LATER, channel="balance")
    run_due(now=LATER)
    assert state(refund) == "succeeded"


def test_each_line_is_accounted_for(bank):
    refund = owed()
    make(bank)
    ref = BankTransfer.objects.get().end_to_end_id
    statement = camt(
        (ref, "29.00", "EUR", "DBIT", "BOOK"),
        ("R000", "5.00", "EUR", "DBIT", "BOOK"),
        ("NOTPROVIDED", "7.00", "EUR", "CRDT", "BOOK"),
        (ref, "30.00", "EUR", "DBIT", "PDNG"),
    )
    assert read_statement(statement, now=LATER) == {"partial": 1, "unknown": 1, "foreign": 1}
    assert list(StatementLine.objects.order_by("id").values_list("outcome", flat=True)) == [
        "partial",
        "unknown",
        "foreign",
    ]
    assert state(refund) == "failed"  # a person looks: 29 is neither paid nor unpaid
    assert "29.00 EUR" in RefundAttempt.objects.get().error


def test_a_csv_statement(bank):
    refund = owed()
    make(bank)
    ref = BankTransfer.objects.get().end_to_end_id
    assert read_statement(csv(f"1,{ref},30.00,EUR,paid,", "2,,1.50,EUR,paid,fee"), now=LATER) == {
        "matched": 1,
        "foreign": 1,
    }
    assert state(refund) == "succeeded"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2",
        b"\xff\xfe",
        b"<Document/>",
        b"<Document>",
        b'<!DOCTYPE d [<!ENTITY e "x">]><Document>&e;</Document>',
        csv("1,R1,much,EUR,paid,"),
        csv("1,R1,-1,EUR,paid,"),
        csv("1,R1,NaN,EUR,paid,"),
        csv("1,R1,1.00,EUR,lost,"),
        camt(("R1", "", "EUR", "DBIT", "BOOK")),
    ],
)
def test_what_is_no_statement_changes_nothing(bank, content):
    owed()
    with pytest.raises(Unreadable):
        read_statement(content, now=LATER)
    assert not StatementLine.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"), [({"account": False}, "not named a bank account"), ({"currency": "CNY"}, "EUR only")]
)
def test_what_cannot_be_transferred_waits_for_a_person(bank, given, words):
    refund = owed(**given)
    assert state(refund) == "failed"
    assert words in RefundAttempt.objects.get().error


def test_the_commands(bank, tmp_path):
    owed()
    told = io.StringIO()
    call_command("bank_file", "--folder", str(tmp_path), stdout=told)
    file = BankFile.objects.get()
    assert told.getvalue().startswith("1 transfers, 30.00 EUR")
    assert (tmp_path / f"{file.message_id}.xml").read_text() == file.content
    call_command("bank_file", stdout=told)
    assert told.getvalue().endswith("No transfer waits.\n")
    statement = tmp_path / "statement.xml"
    statement.write_bytes(camt((BankTransfer.objects.get().end_to_end_id, "30.00", "EUR", "DBIT", "BOOK")))
    call_command("bank_statement", str(statement), stdout=told)
    assert told.getvalue().endswith("matched: 1, partial: 0, unknown: 0, foreign: 0, again: 0\n")
    with pytest.raises(CommandError):
        call_command("bank_statement", str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("text", "holds"),
    [(OWN, True), ("DE89 3704 0044 0532 0130 00", True), ("DE88370400440532013000", False), ("", False)],
)
def test_ibans(text, holds):
    assert is_iban(text) == holds


def test_health(settings):
    assert gateway("bank").health(now=NOW) == ""
    settings.GATEWAY_OPTIONS = {"bank": {"holder": "X", "iban": "DE00", "bic": ""}}
    assert "IBAN" in gateway("bank").health(now=NOW)


@pytest.fixture
def staff(client):
    user = make_user(duty="platform")
    user.is_staff = True
    user.save()
    client.force_login(user)
    return client


def test_files_and_statements_in_the_admin(bank, staff):
    refund = owed()
    page = "/admin/remedies/bankfile/"
    assert "1 transfer is in the new file" in staff.post(f"{page}make/", follow=True).content.decode()
    assert "No transfer waits" in staff.post(f"{page}make/", follow=True).content.decode()
    file = BankFile.objects.get()
    got = staff.get(f"{page}{file.pk}/download/")
    assert (got.content.decode(), got["Content-Type"]) == (file.content, "application/xml")
    statement = camt((BankTransfer.objects.get().end_to_end_id, "30.00", "EUR", "DBIT", "BOOK"))
    sent = {"file": SimpleUploadedFile("s.xml", statement)}
    assert "Lines matched: 1" in staff.post(f"{page}statement/", sent, follow=True).content.decode()
    assert state(refund) == "succeeded"
    sent = {"file": SimpleUploadedFile("s.xml", b"nonsense")}
    assert "Columns are missing" in staff.post(f"{page}statement/", sent, follow=True).content.decode()


def test_the_bank_is_the_platforms(bank, staff):
    owed()
    User.objects.update(duty="arbitrator")
    for address in ("make/", "statement/"):
        assert staff.post(f"/admin/remedies/bankfile/{address}").status_code == 403
    assert staff.get("/admin/remedies/bankfile/1/download/").status_code == 403
    assert not BankFile.objects.exists()
