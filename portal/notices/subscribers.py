from datetime import datetime

from portal.notices import mail
from portal.outbox.services import Payload, subscribe


@subscribe("notice.mail", many=True, at_most=20, slow=True)
def mail_notices(payloads: list[Payload], now: datetime) -> None:
    """Mail notices as they are published, each once."""
    mail.send([payload["notice"] for payload in payloads], now=now)
