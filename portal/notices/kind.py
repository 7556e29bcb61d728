"""What a kind of notice consists of, and the details that many of them share."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Sentences = tuple[str | Promise, ...]

OPEN_CASE = _("Open the case")
DUE: Sentences = (_("Deadline: %(due_full)s."),)
REASON: Sentences = (_("Reason: %(reason)s"),)
NEXT: Sentences = ("%(next)s",)


@dataclass(frozen=True, slots=True)
class Kind:
    """The words of one kind of notice."""

    subject: Sentences
    line: Sentences
    button: str | Promise = OPEN_CASE
    details: tuple[Sentences, ...] = ()
