"""The run itself: load under fire, then one reconcile, then the audit."""

import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from aftersales.remedies.models import RefundAttempt, RefundInstruction
from portal.chaos.audit import Verdict, judge
from portal.chaos.client import Caller, Unanswered
from portal.chaos.herald import Herald
from portal.chaos.market import Market, lies, people
from portal.chaos.product import Product
from portal.chaos.stories import Ending, StoryBroken, tell

CALLERS = 8
QUIET = 60  # seconds that workers are given at most to finish what is due
# Later than any lease and back-off and than the retry of what was refused for good; earlier than a case's deadlines.
LATER = timedelta(hours=30)


def chaos(product: Product, *, seconds: float, cases: int, seed: int) -> int:
    """Run, print figures and the closing line; return 0 where nothing was lost, doubled or off."""
    market = people(product.port)
    lies(cases, random.Random(seed))  # noqa: S311 - a draw that can be repeated, guarding nothing
    started = time.monotonic()
    endings, broken = _load(product, market, seconds=seconds, cases=cases, seed=seed)
    say(f"load: {len(endings)} cases told in {time.monotonic() - started:.0f} s, {_words(Caller.counts)} requests")
    say(f"killed: {_words(product.kills)}")
    _settle(product)
    verdict = judge(endings)
    verdict.lost += len(broken)
    verify = product.manage("verify")
    _report(endings, [*broken, *verdict.faults], (verify.stdout + verify.stderr).strip())
    say(f"chaos: {cases} cases, {verdict}, seed {seed}")
    return 0 if _clean(verdict) and verify.returncode == 0 else 1


def _load(product: Product, market: Market, *, seconds: float, cases: int, seed: int) -> tuple[list[Ending], list[str]]:
    """Tell every story while parts are killed: for the seconds given, or until all are told if that takes longer."""
    over = threading.Event()
    killer = threading.Thread(target=_kill, args=(product, over, seed))
    killer.start()
    herald = Herald(product.port, seed)
    herald.start()
    begin, pace = time.monotonic(), seconds / cases
    endings, broken = [], []
    pool = ThreadPoolExecutor(CALLERS)
    try:
        for done in as_completed([pool.submit(_paced, market, n, seed, begin + n * pace) for n in range(cases)]):
            try:
                endings.append(done.result())
            except (StoryBroken, Unanswered) as problem:
                broken.append(str(problem))
            _progress(len(endings) + len(broken), cases)
    finally:
        over.set()
        pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for the rest
        killer.join()
        herald.stop()
        Caller.counts["webhooks"] = herald.sent
    return endings, broken


def _paced(market: Market, n: int, seed: int, at: float) -> Ending:
    """Tell a story not before its time, so that the load lasts as long as it should."""
    time.sleep(max(0.0, at - time.monotonic()))
    return tell(market, n, seed)


def _kill(product: Product, over: threading.Event, seed: int) -> None:
    chance = random.Random(seed + 1)  # noqa: S311 - as above
    while not over.wait(chance.uniform(2, 8)):
        product.kill(chance)


def _settle(product: Product) -> None:
    """Give workers a moment, stop them, then reconcile once.

    That one reconcile lets the time pass in which everything put off comes due: back-offs of a gateway that refuses
    for a while, leases of workers that were killed, and the product's own retry, a day later, of refunds that were
    refused for good.
    """
    deadline = time.monotonic() + QUIET
    while time.monotonic() < deadline and _on_their_way(timezone.now()):
        time.sleep(1)
    product.stop_background()
    connection.close()
    open_before = _on_their_way()
    hours = int(LATER.total_seconds() // 3600)
    say(f"left open by the workers: {open_before} refunds on their way, {_failed()} refused for good")
    say(f"one reconcile, letting {hours} hours pass: {_due(product, timezone.now() + LATER)}")


def _failed() -> int:
    return RefundInstruction.objects.filter(state="failed").count()


def _due(product: Product, at: object) -> str:
    done = product.manage("run_due", "--through", "--at", str(at))
    return (done.stdout + done.stderr).strip()


def _on_their_way(now: datetime | None = None) -> int:
    """Count refunds that are not paid yet; with `now` those that a worker should have taken by then."""
    try:
        waiting = RefundInstruction.objects.filter(state="granted")
        return waiting.filter(next_at__lte=now).count() if now else waiting.count()
    except Exception:  # the server was killed a moment ago and this connection with it
        connection.close()
        return 1


def _report(endings: list[Ending], faults: list[str], verified: str) -> None:
    say(f"stories: {_words(Counter(e.story for e in endings))}")
    say(f"decided: {sum(e.cash for e in endings)} CNY in {RefundInstruction.objects.count()} refunds")
    attempts = Counter(RefundAttempt.objects.values_list("gateway", "state"))
    say("attempts: " + ", ".join(f"{gateway} {state} {count}" for (gateway, state), count in sorted(attempts.items())))
    for fault in faults[:20]:
        say(f"  {fault}")
    say(verified)


def _clean(verdict: Verdict) -> bool:
    return not (verdict.lost or verdict.doubled or verdict.off)


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))


def _progress(done: int, cases: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {cases}")


def say(text: str) -> None:
    """Write to whoever started this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
