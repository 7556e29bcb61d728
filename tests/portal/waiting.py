"""Waiting for something to become true, with a deadline instead of a sleep of guessed length."""

import time


def until(true, *, seconds=30, what=""):
    """Return what `true()` returns as soon as it is truthy; fail after the seconds given."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, what or f"not within {seconds} s: {true}"
        time.sleep(0.02)
    return found
