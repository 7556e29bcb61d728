"""The cast, and what every story begins with."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone, translation

from aftersales.disputes.services.filing import open_dispute
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.book import forget
from aftersales.policies.models import RulePackVersion
from aftersales.policies.work_calendars import calendar_of
from merchants.models import MemberRole, MerchantMember
from merchants.promises.services import rules_of
from tests.makers import make_order, make_shop, make_user
from tests.rest.calls import Caller

# How fast an example runs is the machine's affair, and a busy machine's tests must not fail.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")


@pytest.fixture(autouse=True)
def fresh_caches():
    """What a process remembers for good belongs to rows that a test takes away again."""
    forget()
    rules_of.cache_clear()
    calendar_of.cache_clear()


@pytest.fixture(autouse=True)
def own_language():
    """The language and time zone of a request stay on its thread: here that of every other test."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


@pytest.fixture(autouse=True)
def rule_pack(request):
    """Tests that commit wipe the tables afterwards: bring back what migrations load."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("db")  # the same for tests that commit: their mark decides
        if not RulePackVersion.objects.exists():
            for name in (
                "0003_mainland_china_pack",
                "0005_packs_by_market_and_category",
                "0007_work_calendar_2026",
                "0008_fresh_goods_stay",
            ):
                import_module(f"aftersales.policies.migrations.{name}").load(apps, None)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def cast(db):
    """Buyer, shop with its people, a RIVAL shop, the platform's people, and an outsider."""
    shop, rival_shop = make_shop(), make_shop()
    people = SimpleNamespace(
        shop=shop,
        rival_shop=rival_shop,
        buyer=make_user("buyer"),
        owner=make_user("owner"),
        agent=make_user("agent"),
        finance=make_user("finance"),
        rival=make_user("rival"),
        arbitrator=make_user("arbitrator", "arbitrator"),
        arbitrator2=make_user("arbitrator", "arbitrator"),
        senior=make_user("senior", "senior"),
        platform=make_user("platform", "platform"),
        marketplace=make_user("marketplace", "marketplace"),
        outsider=make_user("outsider"),
    )
    for user in (people.arbitrator, people.arbitrator2, people.senior, people.platform):
        user.is_staff = True
        user.save()
    for user, role in [
        (people.owner, MemberRole.OWNER),
        (people.agent, MemberRole.AGENT),
        (people.finance, MemberRole.FINANCE),
    ]:
        MerchantMember.objects.create(merchant=shop, user=user, role=role)
    MerchantMember.objects.create(merchant=rival_shop, user=people.rival, role=MemberRole.OWNER)
    return people


@pytest.fixture
def api(cast):
    """Somebody of the cast as a caller of the API: `api("buyer")`, or with some scopes only."""
    return lambda name, *scopes: Caller(getattr(cast, name), *([scopes] if scopes else []))


@pytest.fixture
def buy(cast, now):
    """Buy something: `buy("100.00", stage="received", quantity=2)`; the order comes loaded as views load it."""

    def make(*prices, stage="received", payments=None, days=1, paid_days=4, currency="CNY", quantity=1):
        order = make_order(prices or ("100.00",), payments, shop=cast.shop, customer=cast.buyer, currency=currency)
        Order.objects.filter(pk=order.pk).update(paid_at=now - timedelta(days=paid_days))
        shipped = None if stage == "unshipped" else now - timedelta(days=days + 1)
        delivered = now - timedelta(days=days) if stage == "received" else None
        OrderLine.objects.filter(order=order).update(shipped_at=shipped, delivered_at=delivered, quantity=quantity)
        if quantity != 1:
            total = sum(Decimal(p) for p in (prices or ("100.00",))) * quantity
            order.payments.update(amount=total)
        return Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)

    return make


@pytest.fixture
def file_case(cast, buy, now):
    """Open a case as the buyer: `file_case(wants="full_refund_with_return", stage="received")`."""

    def make(
        *,
        wants="partial_refund_keep",
        amount="30.00",
        type="quality_visible",
        reason="poor_material",
        order=None,
        at=None,
        actor=None,
        price="100.00",
        **bought,
    ):
        order = order or buy(price, **bought)
        return open_dispute(
            order=order,
            actor=actor or cast.buyer,
            now=at or now,
            lines=[(line.line_ref, line.quantity) for line in order.lines.all()],
            type=type,
            reason=reason,
            wants=wants,
            amount=Decimal(amount) if amount and wants == "partial_refund_keep" else None,
            statement="The seam is open.",
        )

    return make
