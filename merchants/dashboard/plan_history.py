"""What a plan said before: its versions and what changed between two of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from merchants.dashboard.plan_pages import OPTIONS, plan_or_404
from merchants.dashboard.shop import shop_with
from merchants.plans import sentences
from merchants.plans.content import PlanContent, content_of
from merchants.plans.models import PlanVersion


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two versions say differently."""

    what: str
    before: str
    after: str


@require_safe
@login_required
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """List a plan's versions and compare two of them, the last two unless others are chosen."""
    plan = plan_or_404(request, pk)
    published = plan.versions.exclude(published_at=None).order_by("-number")
    versions = list(published.prefetch_related(OPTIONS))
    before, after = _chosen(request, versions)
    context = {
        "plan": plan,
        "shop": shop_with(request, plan.merchant),
        "versions": versions,
        "before": before,
        "after": after,
        "changes": list(changes(content_of(before), content_of(after))) if before and after else [],
    }
    return render(request, "merchants/plans/history.html", context)


def _chosen(request: HttpRequest, versions: list[PlanVersion]) -> tuple[PlanVersion | None, PlanVersion | None]:
    by_number = {str(version.number): version for version in versions}
    after = by_number.get(request.GET.get("to", "")) or (versions[0] if versions else None)
    earlier = [v for v in versions if after and v.number < after.number]
    before = by_number.get(request.GET.get("from", "")) or (earlier[0] if earlier else None)
    return before, after


def changes(before: PlanContent, after: PlanContent) -> Iterator[Change]:
    """Say what differs, in the words of the plan page."""
    then, now = dict(sentences.conditions(before)), dict(sentences.conditions(after))
    for what in dict.fromkeys([*then, *now]):
        if then.get(what) != now.get(what):
            yield Change(what, then.get(what, _("any")), now.get(what, _("any")))
    for number in range(max(len(before.options), len(after.options))):
        old, new = _option(before, number), _option(after, number)
        if old != new:
            yield Change(_("Option %(n)s") % {"n": number + 1}, old, new)
    pairs = [
        (_("Currency"), before.currency, after.currency),
        (_("Message in English"), before.script_en, after.script_en),
        (_("Message in Chinese"), before.script_zh, after.script_zh),
        (_("Options stand for (hours)"), str(before.expires_hours), str(after.expires_hours)),
        (_("The next step comes after (hours)"), str(before.step_hours), str(after.step_hours)),
    ]
    yield from (Change(what, old, new) for what, old, new in pairs if old != new)


def _option(content: PlanContent, number: int) -> str:
    if number >= len(content.options):
        return _("none")
    return sentences.options(content)[number]
