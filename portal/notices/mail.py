"""Send a notice by e-mail, in its reader's language and time zone."""

import smtplib
import time
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal.notices.models import Notice
from portal.notices.words import word

_REST = 60.0  # seconds without attempts after the server failed: a hanging mail server must not hold up workers
_THIS_MAIL_ONLY = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
_resting_until = 0.0


class MailServerResting(RuntimeError):
    """The mail server failed a moment ago; this mail is tried again later."""


def send(ids: list[int], *, now: datetime) -> None:
    """Mail notices that were not mailed yet, over one connection. Raises what the mail server raises."""
    global _resting_until
    if time.monotonic() < _resting_until:
        raise MailServerResting
    connection = get_connection()
    try:
        for notice in Notice.objects.filter(pk__in=ids, mailed_at__isnull=True).select_related("user").order_by("pk"):
            _send_once(notice, connection, now)
    except _THIS_MAIL_ONLY:
        raise
    except OSError:  # the network's failures, and smtplib's
        _resting_until = time.monotonic() + _REST
        raise
    finally:
        connection.close()


@transaction.atomic
def _send_once(notice: Notice, connection: BaseEmailBackend, now: datetime) -> None:
    """Mark and send under the row's lock: a second worker waits and then finds it mailed; a failure unmarks it.

    Only a worker killed between sending and committing sends a mail twice.
    """
    if Notice.objects.filter(pk=notice.pk, mailed_at__isnull=True).update(mailed_at=now):
        compose(notice, connection).send()


def compose(notice: Notice, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """Write the mail of a notice."""
    reader = notice.user
    with translation.override(reader.language), timezone.override(reader.zone):
        worded = word(notice)
        context = {
            "words": worded,
            "reader": reader,
            "address": f"{settings.SITE_URL}/notices/{notice.pk}/",
            "settings_address": f"{settings.SITE_URL}/settings/",
            "language": reader.language,
        }
        mail = EmailMultiAlternatives(
            subject=" ".join(worded.subject.split()),  # a subject is one line, whatever a product is called
            body=render_to_string("notices/mail.txt", context),
            to=[reader.email],
            connection=connection,
        )
        mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail
