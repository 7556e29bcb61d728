"""One thing found about a plan: how bad, what, where, and how to mend it."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """How much a finding matters: errors keep a plan from being published, the others do not."""

    ERROR = "error", _("Must be mended")
    WARNING = "warning", _("Probably not meant")
    NOTE = "note", _("Good to know")


_SECTIONS = {"types": "when", "reasons": "when", "stages": "when", "options": "then", "": "when"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `field` and `option` (its position) say where, as in the editor and the API."""

    code: str
    level: Level
    field: str
    message: str
    mend: str
    option: int | None = None
    plan_id: int | None = None  # another plan that the message is about

    @property
    def anchor(self) -> str:
        """The id in the editor that mends it."""
        if self.option is not None:
            return f"id_option_{self.option}_{self.field}"
        return _SECTIONS.get(self.field, f"id_{self.field}")


def warning(code: str, field: str, message: str, mend: str, option: int | None = None) -> Finding:
    """Make a finding that does not keep a plan from being published."""
    return Finding(code, Level.WARNING, field, message, mend, option)


def note(code: str, field: str, message: str, mend: str, option: int | None = None) -> Finding:
    """Make a finding that may well be meant."""
    return Finding(code, Level.NOTE, field, message, mend, option)
