"""`script/chaos`: set the throw-away product up, run, take it down."""

import argparse
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Return 0 where nothing was lost, doubled or off."""
    asked = _arguments()
    data_dir = Path(tempfile.mkdtemp(prefix="portal-chaos-", dir="/var/tmp" if os.geteuid() == 0 else None))  # noqa: S108
    data_dir.chmod(0o755)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    # The product's own settings, not those of the shell that this was started from.
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PRODUCTION", "GATEWAYS", "DEMO"):
        os.environ.pop(name, None)
    os.environ |= {"DATA_DIR": str(data_dir), "PORT": str(_free_port()), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    try:
        return _run(asked, data_dir)
    except KeyboardInterrupt:
        return 130
    finally:
        if asked.keep:
            sys.stdout.write(f"kept: {data_dir}\n")
        else:
            shutil.rmtree(data_dir, ignore_errors=True)


def _run(asked: argparse.Namespace, data_dir: Path) -> int:
    from portal import embedded, supervise
    from portal.chaos.product import Product

    with embedded.running(data_dir, {}) as addresses:
        os.environ |= addresses
        supervise.prepare(dict(os.environ))
        import django

        django.setup()
        from portal.chaos.run import chaos

        product = Product(data_dir, int(os.environ["PORT"]), dict(os.environ))
        try:
            product.start()
            return chaos(product, seconds=asked.seconds, cases=asked.cases, seed=asked.seed)
        finally:
            product.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long the load lasts (300)")
    parser.add_argument("--cases", type=int, default=2000, help="how many cases are told (2000)")
    parser.add_argument("--seed", type=int, default=None, help="of every draw: stories, amounts, lies, kills")
    parser.add_argument("--keep", action="store_true", help="leave the data folder and its logs")
    asked = parser.parse_args()
    if asked.seed is None:
        asked.seed = secrets.randbelow(1_000_000)
    return asked


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
