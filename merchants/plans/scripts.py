"""What a plan says: the variables of a script, filled in; words that no script may use."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from merchants.plans.models import PlanVersion

SCRIPT_LENGTH = 1000
VARIABLES = {
    "buyer": _("the buyer's name"),
    "merchant": _("your shop's name"),
    "product": _("the product"),
    "order": _("the order number"),
    "amount": _("what was paid for the items of the case"),
    "hours": _("how many hours the options stand"),
}
_VARIABLE = re.compile(r"\{([^{}]*)\}")
# No plan may ask for a review in exchange for a remedy (domain, section 6). Plain words are enough to remind an honest
# merchant; whoever writes around them is a case for the platform.
_REVIEW_EN = re.compile(
    r"\b(withdraw|remove|delete|change|edit|revise|update|take (down|back)|retract|leave|give)\b[^.!?\n]{0,40}"
    r"\b(reviews?|ratings?|feedback|(five|5)[ -]?stars?)\b",
    re.IGNORECASE,
)
_REVIEW_ZH = re.compile(
    r"(删除?|撤[回销]?|修改|更改|改[成为掉]?|取消|追加|移除|隐藏)(掉|了)?(一?下)?(您|你|这|该)?(的|条|个)?"
    r"(差评|中评|好评|评价|评论)"
    r"|(差评|中评|评价|评论)[^。！？，\n]{0,8}(删|撤|改为|改成|取消|移除|隐藏)"
    r"|给(予|个|一个|我们?|小店|店铺|一下)*(五星)?好评|五星好评|好评返"
)
# Nor that the buyer gives up more than this claim. To say that nothing else is given up is allowed.
_RIGHTS = re.compile(
    r"(?<!not )(?<!never )\b(waive|renounce|forfeit|give up)\b(?! (nothing|no|none)\b)[^.!?\n]{0,40}"
    r"\b(rights?|claims?|complaints?)\b|\bno further (claims?|complaints?)\b"
    r"|(?<![不未无没][会必需有用])(?<![不未无没])放弃[^。！？\n]{0,10}(权利|维权|索赔|投诉|申诉)|不(再|得)(追究|维权|投诉|索赔|申诉)",
    re.IGNORECASE,
)


def unknown_variables(script: str) -> list[str]:
    """List what stands in braces but is no variable, as the merchant wrote it."""
    return [name for name in dict.fromkeys(_VARIABLE.findall(script)) if name not in VARIABLES]


def known_variables(script: str) -> set[str]:
    """Return the variables that a script uses."""
    return {name for name in _VARIABLE.findall(script) if name in VARIABLES}


def asks_for_review(script: str) -> str:
    """Return the words by which a script asks for a review to be changed, or nothing."""
    found = _REVIEW_EN.search(script) or _REVIEW_ZH.search(script)
    return found.group(0) if found else ""


def gives_up_rights(script: str) -> str:
    """Return the words by which a script asks the buyer to give up more than this claim, or nothing."""
    found = _RIGHTS.search(script)
    return found.group(0) if found else ""


def render_script(version: "PlanVersion", language: str, context: Mapping[str, str]) -> str:
    """Fill a version's script in, in the reader's language, else in the other one; unfilled variables become empty.

    Plain text: what the variables hold is never read as a template or as markup.
    """
    chinese = language.startswith("zh")
    script = (version.script_zh or version.script_en) if chinese else (version.script_en or version.script_zh)
    return fill(script, context)


def fill(script: str, context: Mapping[str, str]) -> str:
    """Put values in the place of known variables, once; anything else in braces stays as it is."""
    return _VARIABLE.sub(lambda m: context.get(m[1], "") if m[1] in VARIABLES else m[0], script)
