"""Bank transfer: refunds go out in payment files (ISO 20022 pain.001); statements say what became of them."""

from datetime import date, datetime
from secrets import token_hex

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.remedies.gateways import Answer, RefundRequest, Verdict
from aftersales.remedies.gateways.models import BankFile, BankTransfer, PayoutAccount, TransferState
from portal.money import ZERO

CURRENCY = "EUR"  # SEPA credit transfers
_VERDICTS = {TransferState.PAID: Verdict.SUCCEEDED, TransferState.RETURNED: Verdict.FAILED}
_MOST = 5000  # transfers in one file


class Bank:
    """Writes transfers down for the next file; the statement says when they are paid."""

    name = "bank"

    def __init__(self, *, holder: str, iban: str, bic: str) -> None:
        self._own = {"name": holder, "IBAN": iban, "BIC": bic}

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Put a transfer on the list, once per key."""
        if request.currency != CURRENCY:
            reason = _("Bank transfers are made in %(currency)s only.") % {"currency": CURRENCY}
            return Answer(Verdict.FAILED, reason=reason, permanent=True)
        account = PayoutAccount.objects.filter(buyer=request.buyer_id).first()
        if account is None:
            reason = _("The buyer has not named a bank account yet.")
            return Answer(Verdict.FAILED, reason=reason, permanent=True)
        made, _new = BankTransfer.objects.get_or_create(
            key=request.key,
            defaults={
                "end_to_end_id": f"R{token_hex(12).upper()}",
                "holder": account.holder,
                "iban": account.iban,
                "bic": account.bic,
                "amount": request.amount,
                "currency": request.currency,
                "created_at": now,
            },
        )
        return _answer(made)

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Read the list."""
        found = BankTransfer.objects.filter(key=request.key).first()
        return _answer(found) if found else None

    def health(self, *, now: datetime) -> str:
        """Say that our own account cannot be one."""
        return "" if is_iban(self._own["IBAN"]) else _("The account that transfers are made from has no valid IBAN.")

    @transaction.atomic
    def make_file(self, *, now: datetime, execution_on: date) -> BankFile | None:
        """Put what waits into one payment file; a transfer is in one file only, whoever makes files at once.

        None where nothing waits. Raises ValueError where the file would not be valid.
        """
        waiting = BankTransfer.objects.select_for_update(skip_locked=True).filter(state=TransferState.WAITING)
        transfers = list(waiting.order_by("id")[:_MOST])
        if not transfers:
            return None
        message_id, content = self._write(transfers, execution_on)
        file = BankFile.objects.create(
            message_id=message_id,
            content=content,
            count=len(transfers),
            total=sum((t.amount for t in transfers), ZERO),
            currency=CURRENCY,
            made_at=now,
        )
        BankTransfer.objects.filter(pk__in=[t.pk for t in transfers]).update(state=TransferState.SENT, file=file)
        return file

    def _write(self, transfers: list[BankTransfer], execution_on: date) -> tuple[str, str]:
        from sepaxml import SepaTransfer  # its schemas take memory that only this needs

        own = {name: value for name, value in self._own.items() if value}
        file = SepaTransfer({**own, "batch": True, "currency": CURRENCY}, schema="pain.001.001.03", clean=True)
        for t in transfers:
            payment = {
                "name": t.holder,
                "IBAN": t.iban,
                "amount": int(t.amount.scaleb(2)),
                "execution_date": execution_on,
                "description": _("Refund %(reference)s") % {"reference": t.end_to_end_id},
                "endtoend_id": t.end_to_end_id,
            }
            file.add_payment(payment | ({"BIC": t.bic} if t.bic else {}))
        return file.msg_id, file.export(validate=True).decode()


def is_iban(text: str) -> bool:
    """Tell whether an IBAN's length, letters and check digits (ISO 7064 mod 97-10) hold."""
    iban = text.replace(" ", "").upper()
    if not (15 <= len(iban) <= 34 and iban.isascii() and iban.isalnum() and iban[:2].isalpha() and iban[2:4].isdigit()):
        return False
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _answer(transfer: BankTransfer) -> Answer:
    verdict = _VERDICTS.get(TransferState(transfer.state), Verdict.PENDING)
    return Answer(verdict, transfer.end_to_end_id, transfer.reason, permanent=verdict == Verdict.FAILED)
