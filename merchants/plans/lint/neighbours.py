"""What a plan's neighbours mean for it: who answers first, and whether it ever answers."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from merchants.plans.content import PlanContent
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, Level
from merchants.plans.overlaps import Overlap, covers, overlaps_of


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Name each live plan that fits some of the same cases, and which of the two answers."""
    said = {plan_id: other for plan_id, _name, other in around.others}
    for overlap in overlaps_of(around.plan_id, content, around.others):
        if overlap.swallows:
            yield _swallowed(overlap, content)
        elif not overlap.goes_first and covers(content, said[overlap.plan_id]):
            message = _(
                "“%(name)s” never answers while this plan is live: this one fits all of its cases and goes first."
            )
            mend = _("Pause the other plan, or narrow this one.")
            yield _about(overlap, "swallows", Level.WARNING, message % {"name": overlap.name}, mend)
        else:
            yield _shared(overlap, content)


def _swallowed(overlap: Overlap, content: PlanContent) -> Finding:
    mend = _("Add a condition here, or pause the other plan.")
    words = {"name": overlap.name, "theirs": overlap.conditions, "mine": content.conditions}
    if overlap.conditions > content.conditions:
        message = _(
            "This plan never answers: “%(name)s” fits all of its cases and is more specific "
            "(%(theirs)s conditions, this one has %(mine)s)."
        )
    else:
        message = _("This plan never answers: “%(name)s” fits all of its cases, is as specific and older.")
    return _about(overlap, "swallowed", Level.WARNING, message % words, mend)


def _shared(overlap: Overlap, content: PlanContent) -> Finding:
    words = {"name": overlap.name, "theirs": overlap.conditions, "mine": content.conditions}
    if overlap.conditions == content.conditions:
        message = (
            _("Some cases fit “%(name)s”, too: it answers them, because it is as specific and older.")
            if overlap.goes_first
            else _("Some cases fit “%(name)s”, too: this plan answers them, because it is as specific and older.")
        )
    elif overlap.goes_first:
        message = _(
            "Some cases fit “%(name)s”, too: it answers them, because it is more specific "
            "(%(theirs)s conditions, this one has %(mine)s)."
        )
    else:
        message = _(
            "Some cases fit “%(name)s”, too: this plan answers them, because it is more specific "
            "(%(mine)s conditions, the other has %(theirs)s)."
        )
    return _about(overlap, "overlap", Level.NOTE, message % words, _("Nothing to do if that is what you mean."))


def _about(overlap: Overlap, code: str, level: Level, message: str, mend: str) -> Finding:
    return Finding(code, level, "types", message, mend, plan_id=overlap.plan_id)
