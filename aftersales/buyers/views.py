from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.buyers import queries
from aftersales.buyers.discounts import discounts_of, losses
from aftersales.buyers.drafts import attach_files, keep_files
from aftersales.buyers.forms import FORMS
from aftersales.buyers.models import Draft
from aftersales.buyers.payout import PayoutAccountForm
from aftersales.buyers.situations import SITUATIONS
from aftersales.buyers.talk_views import prefilled
from aftersales.buyers.wizard import STEPS, Wizard
from aftersales.disputes.codes import Role
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import next_step
from aftersales.disputes.pages.views import user_of
from aftersales.disputes.services.filing import open_dispute
from aftersales.orders.models import Order
from aftersales.policies.proofs import BUYER, slots_of
from aftersales.remedies import balances
from aftersales.remedies.models import PayoutAccount
from merchants.promises.services import standing
from portal.accounts.models import User

DRAFT_DAYS = timedelta(days=7)
PAGE = 20


@require_safe
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """List the buyer's orders: for each item what can be done, or why not."""
    user, now = user_of(request), timezone.now()
    sought = request.GET.get("q", "").strip()[:100]
    stage = request.GET.get("stage", "")
    found = queries.orders_of(user, sought=sought, stage=stage)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = queries.rows(page, user=user, now=now)
    context = {"rows": rows, "page": page, "q": sought, "stage": stage, "stages": queries.STAGE_CHIPS}
    context["balances"] = balances.balances_of(user)
    return render(request, "buyers/orders.html", context)


@require_safe
@login_required
def balance(request: HttpRequest) -> HttpResponse:
    """Show the buyer's store balance, and what came in and went out."""
    user = user_of(request)
    page = Paginator(balances.entries_of(user), PAGE).get_page(request.GET.get("page"))
    context = {"balances": balances.balances_of(user), "rows": queries.balance_rows(page), "page": page}
    return render(request, "buyers/balance.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def payout_account(request: HttpRequest) -> HttpResponse:
    """Let the buyer name the bank account that refunds by transfer go to."""
    user = user_of(request)
    known = PayoutAccount.objects.filter(buyer=user).first()
    form = PayoutAccountForm(request.POST or None, instance=known or PayoutAccount(buyer=user))
    if request.method == "POST" and form.is_valid():
        form.instance.updated_at = timezone.now()
        form.save()
        messages.success(request, _("Saved. Refunds by bank transfer go to this account from now on."))
        return redirect("buyers:balance")
    return render(request, "buyers/payout_account.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@login_required
def disputes(request: HttpRequest) -> HttpResponse:
    """List the buyer's cases, each with what comes next."""
    user = user_of(request)
    which = request.GET.get("show", "")
    found = Dispute.objects.filter(buyer=user).select_related("merchant", "policy")
    found = found.prefetch_related("lines__order_line").order_by("-opened_at", "-id")
    if which == "open":
        found = found.filter(due_at__isnull=False)
    elif which == "mine":
        found = found.filter(Q(awaiting="buyer") | Q(awaiting="both"))
    elif which == "done":
        found = found.filter(due_at__isnull=True)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [{"case": case, "next": next_step(case, Role.BUYER)} for case in page]
    return render(request, "buyers/disputes.html", {"rows": rows, "page": page, "show": which})


def _wizard(request: HttpRequest, ref: str) -> Wizard:
    user = user_of(request)
    order = get_object_or_404(
        Order.objects.filter(buyer=user).select_related("merchant").prefetch_related("lines", "payments"), number=ref
    )
    now = timezone.now()
    draft, _made = Draft.objects.get_or_create(order=order, buyer=user, defaults={"updated_at": now})
    if draft.updated_at < now - DRAFT_DAYS:
        draft.answers = {}
    return Wizard(order=order, draft=draft, stands=standing([order], now=now))


@require_safe
@login_required
def start(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin or go on where the buyer stopped; a line named in the address is chosen already."""
    wizard = _wizard(request, ref)
    line = request.GET.get("line")
    free = {x.line_ref: x for x in wizard.free_lines}
    if line in free and free[line].free_quantity == 1:
        wizard.save(now=timezone.now(), items=[[line, 1]])
    if told := prefilled(request, wizard.order):
        wizard.save(now=timezone.now(), **_answers(wizard, told))
    if not wizard.free_lines:
        return _to_the_case(request, wizard)
    return redirect("buyers:step", ref=ref, step=wizard.first_open())


def _answers(wizard: Wizard, told: dict[str, str]) -> dict[str, Any]:
    """Answer the wizard's first question with what a message told, where that is one of its answers."""
    likely = told.get("type"), told.get("reason")
    what = next((s.code for s in SITUATIONS[wizard.stage] if (s.type, s.reason) == likely), "")
    return {"statement": told["statement"], **({"what": what} if what else {})}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def step(request: HttpRequest, ref: str, step: str) -> HttpResponse:
    """Ask one question; keep the answer and go on."""
    if step not in STEPS:
        raise Http404
    wizard, now = _wizard(request, ref), timezone.now()
    if not wizard.free_lines:
        return _to_the_case(request, wizard)
    if not wizard.reachable(step):
        return redirect("buyers:step", ref=ref, step=wizard.first_open())
    given = request.POST if request.method == "POST" else None
    form = FORMS[step](given, wizard=wizard, now=now)
    files: list[str] = []
    if request.method == "POST":
        files = keep_files(wizard, request.FILES.getlist("files"), slot="", now=now)
        if form.is_valid() and not files:
            return _go_on(request, wizard, step, form, now)
    status = 422 if form.errors or files else 200
    return render(request, "buyers/step.html", _context(wizard, step, form, files), status=status)


def _to_the_case(request: HttpRequest, wizard: Wizard) -> HttpResponse:
    """Show what is already open: a second click, or another tab, comes here as well."""
    wizard.draft.delete()
    messages.info(request, _("There is already an open case about every item of this order."))
    case = Dispute.objects.filter(order=wizard.order, due_at__isnull=False).order_by("-opened_at", "-id").first()
    return redirect("case", number=case.number) if case else redirect("buyers:disputes")


def _go_on(request: HttpRequest, wizard: Wizard, step: str, form: Any, now: datetime) -> HttpResponse:
    if step == "check":
        return _file(request, wizard, form, now)
    wizard.save(now=now, **form.answers())
    if "more" in request.POST:  # "Add these files": stay on the page
        return redirect("buyers:step", ref=wizard.order.number, step=step)
    return redirect("buyers:step", ref=wizard.order.number, step=wizard.after(step))


def _file(request: HttpRequest, wizard: Wizard, form: Any, now: datetime) -> HttpResponse:
    try:
        with transaction.atomic():
            # A second click waits here, and then finds the case instead of opening another one.
            if not Draft.objects.select_for_update().filter(pk=wizard.draft.pk).exists():
                return redirect("buyers:start", ref=wizard.order.number)
            case = _opened(wizard, user_of(request), now)
    except (RuleBroken, NotAllowed) as broken:
        form.add_error(None, str(broken))
        return render(request, "buyers/step.html", _context(wizard, "check", form, []), status=422)
    messages.success(request, _("Your case is open. The seller has been told."))
    return redirect("case", number=case.number)


def _opened(wizard: Wizard, user: User, now: datetime) -> Dispute:
    """Open the case with its files and let the draft go: all of it, or nothing. Raises RuleBroken, NotAllowed."""
    case = open_dispute(
        order=wizard.order,
        actor=user,
        now=now,
        lines=[(line.line_ref, quantity) for line, quantity in wizard.chosen],
        type=wizard.type,
        reason=wizard.reason,
        wants=wizard.answers["wants"],
        amount=wizard.amount,
        statement=wizard.answers.get("statement", ""),
        answers=wizard.answers.get("answers") or {},
    )
    attach_files(wizard, case=case, actor=user, now=now)
    wizard.draft.delete()
    return case


def _context(wizard: Wizard, step: str, form: Any, file_errors: list[str]) -> dict[str, Any]:
    steps = wizard.steps()
    index = steps.index(step)
    return {
        "wizard": wizard,
        "order": wizard.order,
        "step": step,
        "title": STEPS[step],
        "form": form,
        "number": index + 1,
        "total": len(steps),
        "back": steps[index - 1] if index else "",
        "file_errors": file_errors,
        "files": wizard.answers.get("files", []),
        "summary": queries.summary(wizard) if step == "check" else [],
        "discounts": discounts_of(wizard.order) if step == "items" else [],
        "losses": losses(wizard.order, wizard.most().priced) if step in {"wish", "check"} else [],
        "slots": slots_of(wizard.type, BUYER),
    }
