"""Bank statements, camt.053 (any version) or CSV: our transfers are found by their end-to-end id."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.remedies.gateways import Seen, Verdict
from aftersales.remedies.gateways.models import BankTransfer, LineOutcome, StatementLine, TransferState
from aftersales.remedies.gateways.taking import take

COLUMNS = ("line", "end_to_end_id", "amount", "currency", "kind", "reason")  # kind: paid or returned
_OURS = {TransferState.SENT, TransferState.PAID}


class Unreadable(Exception):
    """The file is no statement; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One movement on our account; `returned` for money that came back."""

    statement: str
    line: str
    end_to_end_id: str
    amount: Decimal
    currency: str
    returned: bool
    reason: str = ""


def read_statement(content: bytes, *, now: datetime) -> Counter[str]:
    """Take a statement in; return how many lines were matched, partial, unknown, foreign, and read before.

    All lines are read before the first counts. Raises Unreadable. Not in a transaction: refunds are settled one by one.
    """
    lines = list(_camt(content) if content.lstrip()[:1] == b"<" else _csv(content))
    outcomes: Counter[str] = Counter()
    for line in lines:
        outcomes[_take_line(line, now)] += 1
    return outcomes


def _take_line(line: Line, now: datetime) -> str:
    with transaction.atomic():
        transfer = BankTransfer.objects.select_for_update().filter(end_to_end_id=line.end_to_end_id).first()
        outcome = _outcome(line, transfer)
        _row, is_new = StatementLine.objects.get_or_create(
            statement=line.statement,
            line=line.line,
            defaults={
                "end_to_end_id": line.end_to_end_id,
                "amount": line.amount,
                "currency": line.currency,
                "returned": line.returned,
                "reason": line.reason,
                "outcome": outcome,
                "read_at": now,
            },
        )
        if is_new and outcome == LineOutcome.MATCHED and transfer:
            transfer.state = TransferState.RETURNED if line.returned else TransferState.PAID
            transfer.reason = line.reason
            transfer.save(update_fields=["state", "reason"])
    # Also for a line read before: whoever read it may have been killed right here.
    if outcome in {LineOutcome.MATCHED, LineOutcome.PARTIAL} and transfer:
        take("bank", _seen(line, transfer), now=now)
    return outcome if is_new else "again"


def _outcome(line: Line, transfer: BankTransfer | None) -> LineOutcome:
    if transfer is None:
        return LineOutcome.UNKNOWN if line.end_to_end_id else LineOutcome.FOREIGN
    if (line.amount, line.currency) != (transfer.amount, transfer.currency):
        return LineOutcome.PARTIAL
    return LineOutcome.MATCHED if transfer.file_id else LineOutcome.UNKNOWN


def _seen(line: Line, transfer: BankTransfer) -> Seen:
    verdict = Verdict.FAILED if line.returned else Verdict.SUCCEEDED
    return Seen(transfer.end_to_end_id, verdict, transfer.key, "", line.amount, line.currency, line.reason)


def _csv(content: bytes) -> Iterator[Line]:
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or [])]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Unreadable(str(problem)) from problem
    if missing:
        raise Unreadable(_("Columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    statement = f"csv:{hashlib.sha256(content).hexdigest()[:32]}"
    for number, row in enumerate(rows, 2):
        if row["kind"] not in {"paid", "returned"}:
            raise Unreadable(_("Line %(number)s: the kind is paid or returned.") % {"number": number})
        amount = _amount(row["amount"], number)
        yield Line(
            statement,
            row["line"] or str(number),
            row["end_to_end_id"] or "",
            amount,
            row["currency"] or "",
            row["kind"] == "returned",
            row["reason"] or "",
        )


def _camt(content: bytes) -> Iterator[Line]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable(_("A statement has no document type of its own."))
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no entities: refused above
    except ElementTree.ParseError as problem:
        raise Unreadable(str(problem)) from problem
    statements = root.findall(".//{*}Stmt")
    if not statements:
        raise Unreadable(_("This XML is not a camt.053 statement."))
    for statement in statements:
        name = _text(statement, "Id")
        for position, entry in enumerate(statement.findall("{*}Ntry"), 1):
            yield from _entry(name, position, entry)


def _entry(statement: str, position: int, entry: ElementTree.Element) -> Iterator[Line]:
    if _text(entry, "Sts/{*}Cd", "Sts") not in {"BOOK", ""}:
        return  # not final
    details = entry.findall("{*}NtryDtls/{*}TxDtls") or [entry]
    for number, detail in enumerate(details, 1):
        sum_ = detail.find("{*}Amt") if detail.find("{*}Amt") is not None else detail.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
        sum_ = sum_ if sum_ is not None else entry.find("{*}Amt")
        way = _text(detail, "CdtDbtInd") or _text(entry, "CdtDbtInd")
        end_to_end = _text(detail, "Refs/{*}EndToEndId")
        yield Line(
            statement=statement[:80],
            line=f"{_text(entry, 'NtryRef', 'AcctSvcrRef') or position}/{number}"[:80],
            end_to_end_id="" if end_to_end == "NOTPROVIDED" else end_to_end[:80],
            amount=_amount(sum_.text if sum_ is not None else None, position),
            currency=sum_.get("Ccy", "") if sum_ is not None else "",
            returned=way == "CRDT",
            reason=_text(detail, "RtrInf/{*}Rsn/{*}Cd", "RtrInf/{*}AddtlInf"),
        )


def _text(node: ElementTree.Element, *paths: str) -> str:
    for path in paths:
        found = node.findtext(f"{{*}}{path}")
        if found and found.strip():
            return found.strip()
    return ""


def _amount(text: str | None, number: int) -> Decimal:
    try:
        amount = Decimal((text or "").strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0 or amount >= 10**12:
        raise Unreadable(_("Line %(number)s: “%(text)s” is no amount.") % {"number": number, "text": text or ""})
    return amount
