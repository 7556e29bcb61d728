"""What is doubtful about a plan's two messages."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from aftersales.policies.codes import WITH_COUPON
from merchants.plans.content import PlanContent
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, note, warning
from merchants.plans.scripts import known_variables

SHORT = {"script_en": 40, "script_zh": 15}  # signs: below that nobody feels that somebody cares
LONG = {"script_en": 700, "script_zh": 350}  # signs: more than a telephone shows at once
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")
_HOURS = re.compile(r"(\d+)\s*(?:-\s*)?(?:hours?\b|个?小时)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
# Pressure and ways around the platform, in plain words: enough to remind an honest merchant.
_PRESSURE = re.compile(
    r"\b(last chance|only today|hurry|act (now|fast)|before it'?s too late|final offer)\b"
    r"|最后(的)?机会|仅限今天|过期不候|抓紧时间|赶紧选择|错过不再",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(wechat|whatsapp|telegram|bank transfer|call us|e-?mail us|text us)\b"
    r"|微信|支付宝转账|私下|线下转账|加.{0,4}QQ|红包",
    re.IGNORECASE,
)


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Look at both messages, and at what they say of the options."""
    scripts = {"script_en": content.script_en.strip(), "script_zh": content.script_zh.strip()}
    written = {name: script for name, script in scripts.items() if script}
    if len(written) == len(scripts) and len(set(written.values())) == 1:
        message = _("Both messages are the same text, so one of them is in the wrong language.")
        yield warning("same_text", "script_zh", message, _("Translate it."))
        return
    for name, script in written.items():
        wrong = _wrong_language(name, script)
        yield from wrong or _length(name, script)
        yield from _tone(name, script)
        yield from _numbers(name, script, content)
    if len(written) == len(scripts):
        yield from _variables(scripts)


def _wrong_language(name: str, script: str) -> list[Finding]:
    han, latin = len(_HAN.findall(script)), len(_LETTER.findall(script))
    if name == "script_en" and han > latin:
        said = _("The message in English is written in Chinese.")
    elif name == "script_zh" and not han:
        said = _("The message in Chinese has no Chinese in it.")
    else:
        return []
    return [warning("wrong_language", name, said, _("Translate it."))]


def _length(name: str, script: str) -> Iterator[Finding]:
    if len(script) < SHORT[name]:
        message = _("The message is only %(count)s characters long: it reads like a machine's.") % {
            "count": len(script)
        }
        yield warning("script_short", name, message, _("Say what went wrong, that you are sorry, and what is offered."))
    elif len(script) > LONG[name]:
        message = _("The message has %(count)s characters; few buyers read so much before they choose.")
        yield note(
            "script_lengthy", name, message % {"count": len(script)}, _("Leave out what the options say anyway.")
        )


def _tone(name: str, script: str) -> Iterator[Finding]:
    letters = _LETTER.findall(script)
    if len(letters) > 20 and sum(letter.isupper() for letter in letters) > len(letters) * 0.6:
        message = _("The message is written in capitals: buyers read it as shouting.")
        yield warning("script_shouts", name, message, _("Write it in small letters."))
    elif re.search(r"[!！]{2,}", script):
        message = _("Several exclamation marks in a row read as shouting.")
        yield warning("script_shouts", name, message, _("One is enough, none is better."))
    if found := _PRESSURE.search(script):
        message = _("“%(words)s” presses the buyer.") % {"words": found.group(0)}
        yield warning("script_presses", name, message, _("Say until when the options stand with {hours}, no more."))
    if found := _ELSEWHERE.search(script):
        message = _("“%(words)s” leads the buyer away from the platform, where nothing that you agree is protected.")
        mend = _("Take it out: the buyer can answer you in the case.")
        yield warning("script_elsewhere", name, message % {"words": found.group(0)}, mend)


def _numbers(name: str, script: str, content: PlanContent) -> Iterator[Finding]:
    wrong = [hours for hours in _HOURS.findall(script) if int(hours) != content.expires_hours]
    if wrong:
        message = _("The message says %(said)s hours, but the options stand for %(hours)s.")
        message %= {"said": wrong[0], "hours": content.expires_hours}
        yield warning("hours_differ", name, message, _("Write {hours} in place of the number."))
    offered = {option.percent for option in content.options} | {
        option.coupon.percent for option in content.options if option.kind in WITH_COUPON and option.coupon
    }
    numbers = {f"{percent.normalize():f}" for percent in offered if percent is not None}
    strange = [said for said in _PERCENT.findall(script) if said not in numbers | {"100"}]
    if strange:
        message = _("The message promises %(percent)s%%, which no option gives.") % {"percent": strange[0]}
        yield warning("percent_not_offered", name, message, _("Change the message or the option."))


def _variables(scripts: dict[str, str]) -> Iterator[Finding]:
    used = {name: known_variables(script) for name, script in scripts.items()}
    for name, other in (("script_en", "script_zh"), ("script_zh", "script_en")):
        if missing := sorted(used[other] - used[name]):
            message = _("{%(name)s} stands in the other language only.") % {"name": missing[0]}
            yield warning("variable_missing", name, message, _("Say it in both languages, or in neither."))
