import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.scratch import is_inside, run_inside


class Command(BaseCommand):
    """Measure rates, latencies, statements and memory beside their floors, in a database of its own."""

    help = "Benchmarks the real services over the real HTTP stack beside a bare-Django floor and raw SQL."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept sizes and output."""
        parser.add_argument("--orders", type=int, default=1_000_000)
        parser.add_argument("--disputes", type=int, default=200_000)
        parser.add_argument("--due", type=int, default=100_000, help="cases that the sweep is given")
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--requests", type=int, default=1600, help="requests a round")
        parser.add_argument("--quick", action="store_true", help="a smoke run under a minute")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make a database, measure in it, drop it."""
        if options["quick"]:
            options |= {"orders": 20_000, "disputes": 4_000, "due": 2_000, "rounds": 1, "requests": 400}
        if is_inside():
            self._measure(options)
        elif code := run_inside("bench"):
            sys.exit(code)

    def _measure(self, options: dict[str, Any]) -> None:
        from django.core.management import call_command

        from merchants.models import Merchant
        from portal.bench import deciding, load, postings, raw, refunds, simulations
        from portal.bench import run as bench
        from portal.bench.seed import seed

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        started = time.perf_counter()
        seeded = seed(orders=options["orders"], disputes=options["disputes"])
        raw.make_tables()
        self.stderr.write(f"{options['orders']:,} orders made in {time.perf_counter() - started:.0f} s")
        works = bench.Works(seeded, orders=options["orders"], disputes=options["disputes"])
        how = {"connections": 8, "requests": options["requests"]}
        lines: list[bench.Line] = []
        counts: dict[str, int] = {}
        with (
            bench.site("portal.wsgi:application", {}) as (port, pid),
            bench.site("portal.bench.floor.wsgi:application", {}) as (bare, _pid),
        ):
            buyer = bench.session(bare, "bench-buyer0")
            owner = bench.session(bare, "bench-owner")
            page = works.page(bench.page_session())
            ours = {"open": works.open, "accept": works.accept, "queue": works.queue, "queue page": page}
            for work, calls in ours.items():
                if work == "accept":
                    works.prepare_accept()
                floor_calls = works.floor(work, *(buyer if work in {"open", "accept"} else owner))
                mine, floors, limits = [], [], []
                for _round in range(options["rounds"]):
                    if work == "accept":
                        works.prepare_accept()
                    floors.append(load.run(bare, floor_calls, **how))
                    mine.append(load.run(port, calls, **how))
                    if work in raw.SCRIPTS:
                        limits.append(
                            raw.rate(
                                work,
                                seconds=2,
                                orders=options["orders"],
                                disputes=options["disputes"],
                                shop=seeded.shop,
                            )
                        )
                if work == "accept":
                    works.prepare_accept()
                counts[work] = bench.statements(calls(0))
                limit = sorted(limits)[len(limits) // 2] if limits else None
                lines.append(bench.Line(work, load.median(mine), load.median(floors).rate, limit))
            megabytes = bench.memory(pid)
        paid, floor = refunds.measure(at_most=5000)
        lines.append(bench.Line("refunds (Celery)", paid, floor, None))
        limit = raw.rate("post", seconds=2)
        for work, shape in (("ledger posting", postings.refund), ("deposit posting", postings.deposit)):
            figures = postings.measure(shape(seeded.shop), count=2 * options["requests"])
            lines.append(bench.Line(work, figures, None, limit))
        lines.append(bench.Line("sweep (cases)", bench.due_sweep(options["due"]), None, None))
        lines.append(bench.Line("pack trial (cases)", bench.pack_trial(10_000), None, None))
        lines.append(bench.Line("simulation (cases)", simulations.plan_simulation(seeded.shop), None, None))
        deciding.plans_of(Merchant.objects.exclude(pk=seeded.shop), 100)
        lines.append(bench.Line("match of 10,000", deciding.matching(seeded.shop + 1, count=2000), None, None))
        deciding.plans_of(Merchant.objects.filter(pk=seeded.shop), 500)
        lines.append(bench.Line("match of own 500", deciding.matching(seeded.shop, count=2000), None, None))
        lines.append(bench.Line("recognise message", deciding.recognition(count=5000), None, None))
        self._tell(lines, counts, megabytes, as_json=options["json"])

    def _tell(self, lines: list[Any], counts: dict[str, int], megabytes: float, *, as_json: bool) -> None:
        if as_json:
            rows = [{**line.dump(), "statements": counts.get(line.work)} for line in lines]
            self.stdout.write(json.dumps({"works": rows, "web_worker_mb": megabytes}))
            return
        names = ("rate/s", "p50 ms", "p95", "p99", "floor/s", "ratio", "raw/s", "stmts", "fail")
        head = f"{'work':<18}" + "".join(f"{name:>9}" for name in names)
        self.stdout.write(head)
        for line in lines:
            f = line.figures
            self.stdout.write(
                f"{line.work:<18}{f.rate:>9.0f}{f.p50:>9.1f}{f.p95:>9.1f}{f.p99:>9.1f}"
                f"{line.floor or 0:>9.0f}{line.ratio or 0:>9.2f}{line.raw or 0:>9.0f}"
                f"{counts.get(line.work, 0):>9}{f.failures:>9}"
            )
        self.stdout.write(f"largest web worker: {megabytes:.0f} MB")
