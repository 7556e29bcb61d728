class Unreadable(Exception):
    """Nothing of a file can be taken; the message says why, in words for whoever runs the import."""


class Refused(ValueError):
    """One row cannot be taken; the message says why."""
