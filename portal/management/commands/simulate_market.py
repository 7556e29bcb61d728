import sys
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.market.behaviour import Behaviour
from portal.market.report import Report, report
from portal.market.run import open_market, trade
from portal.scratch import is_inside, run_inside


class Command(BaseCommand):
    """Drive the real services with buyers whose behaviour is known, and hold the experiment's results against it."""

    help = "Simulates a market with known true effects in a database of its own; exit 1 where the results are wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept sizes and seeds."""
        parser.add_argument("--cases", type=int, default=20_000, help="cases of each market")
        parser.add_argument("--seed", type=int, default=1, help="of the first market")
        parser.add_argument("--markets", type=int, default=1, help="so many markets, with one seed after the other")
        parser.add_argument("--workers", type=int, default=1, help="connections that act at the same time")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make a database, run the markets in it, drop it."""
        if options["cases"] < 1 or options["markets"] < 1 or not 1 <= options["workers"] <= 64:
            raise CommandError("At least one case and one market, and 1 to 64 workers.")
        if not is_inside():
            if code := run_inside("market"):
                sys.exit(code)
            return
        call_command("migrate", verbosity=0)
        seeds = range(options["seed"], options["seed"] + options["markets"])
        reports = [self._run(seed, options["cases"], options["workers"]) for seed in seeds]
        call_command("verify", stdout=self.stdout)
        covered = sum(one.covers for one in reports)
        recounted = sum(one.recounted for one in reports)
        self.stdout.write(f"{covered} of {len(reports)} cover the truth, {recounted} agree with the recount")
        if recounted < len(reports) or covered < 0.93 * len(reports):
            sys.exit(1)

    def _run(self, seed: int, cases: int, workers: int) -> Report:
        behaviour, now, started = Behaviour(), timezone.now(), time.perf_counter()
        market = open_market(f"market-{seed}", cases=cases, seed=seed, behaviour=behaviour, now=now)
        trade(market, seed=seed, behaviour=behaviour, now=now, workers=workers)
        traded = time.perf_counter() - started
        found = report(market.experiment, behaviour, now=now)
        for one in found.shown:
            kept = one.result.against["kept"]
            between = "too few" if kept.low is None else f"{kept.low:+.3f} to {kept.high:+.3f}"
            self.stdout.write(
                f"seed {seed}: {one.percent} % offered, {one.result.ended} cases, {kept.value or 0:+.3f} kept"
                f" ({between}), truth {one.truth:+.3f} {'covered' if one.covers else 'MISSED'}"
            )
        self.stdout.write(
            f"seed {seed}: {cases} cases in {traded:.0f} s ({cases / traded:.0f}/s),"
            f" recount {'equal' if found.recounted else 'DIFFERS'}"
        )
        return found
