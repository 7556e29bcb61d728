"""Rows that money tests stand on: a shop, its customer, an order with lines and payments."""

import itertools
from decimal import Decimal

from aftersales.orders.models import Order, OrderLine, OrderPayment
from merchants.models import MemberRole, Merchant, MerchantMember
from portal.accounts.models import User

_numbers = itertools.count(1)


def make_user(name="customer", duty=""):
    return User.objects.create(username=f"{name}{next(_numbers)}", duty=duty)


def make_shop():
    number = next(_numbers)
    return Merchant.objects.create(ref=f"SHOP-{number}", name=f"Shop {number}")


def make_member(shop, role=MemberRole.OWNER):
    member = make_user("member")
    MerchantMember.objects.create(merchant=shop, user=member, role=role)
    return member


def make_order(lines=("100.00",), payments=None, *, shop=None, customer=None, currency="CNY"):
    """An order whose lines cost the amounts given; payments are (channel, amount), all by card unless given."""
    shop, customer = shop or make_shop(), customer or make_user()
    number = f"ORDER-{next(_numbers)}"
    order = Order.objects.create(
        number=number, ref=number, merchant=shop, buyer=customer, currency=currency, status="delivered"
    )
    for position, price in enumerate(lines, 1):
        OrderLine.objects.create(
            order=order,
            merchant=shop,
            line_ref=str(position),
            sku=f"SKU-{position}",
            quantity=1,
            unit_price=Decimal(price),
            status="delivered",
        )
    total = sum(Decimal(price) for price in lines)
    for channel, amount in payments or [("card", total)]:
        OrderPayment.objects.create(order=order, channel=channel, ref=f"{number}-{channel}", amount=Decimal(amount))
    return order
