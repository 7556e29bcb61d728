"""Which shop a merchant's person is working on. Most have one; whoever has several chooses, and the choice is kept."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from aftersales.disputes.pages.views import user_of
from merchants.members import memberships_of
from merchants.models import Merchant, MerchantMember

_KEPT = "shop"


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop at hand, the person's place in it, and the person's other shops."""

    merchant: Merchant
    member: MerchantMember | None  # None for the platform's people, who only look
    others: tuple[Merchant, ...] = ()

    @property
    def may_act(self) -> bool:
        """Whether the person may edit drafts and coupons here."""
        return self.member is not None and self.member.may_act

    @property
    def may_publish(self) -> bool:
        """Whether the person may promise money in the shop's name."""
        return self.member is not None and self.member.may_publish


def shop_of(request: HttpRequest) -> Shop:
    """Return the shop chosen by `?shop=`, else the one chosen last, else the first. Raises Http404 for outsiders."""
    user = user_of(request)
    members = list(memberships_of(user).values())
    wanted = request.GET.get("shop") or request.session.get(_KEPT, "")
    if user.duty and wanted:
        found = Merchant.objects.visible_to(user).filter(ref=wanted).first()
        if found is not None:
            return Shop(found, None)
    if not members:
        raise Http404
    member = next((m for m in members if m.merchant.ref == wanted), None)
    if member is None and request.GET.get("shop"):
        raise Http404
    member = member or members[0]
    if request.session.get(_KEPT) != member.merchant.ref and len(members) > 1:
        request.session[_KEPT] = member.merchant.ref
    return Shop(member.merchant, member, tuple(m.merchant for m in members if m is not member))


def shop_with(request: HttpRequest, merchant: Merchant) -> Shop:
    """Return the person's place in the merchant of something that is visible to them."""
    return Shop(merchant, memberships_of(user_of(request)).get(merchant.pk))
