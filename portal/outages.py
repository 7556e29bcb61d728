"""Telling a database that is away for a moment from a fault of ours."""

from django.db import DatabaseError, InterfaceError, OperationalError

# Classes of SQLSTATE: connection exception, insufficient resources, operator intervention (shut down, starting up).
_AWAY = ("08", "53", "57P")


def database_away(raised: BaseException | None) -> bool:
    """Whether an exception, or what led to it, says that the database could not be reached or went away meanwhile."""
    while raised is not None:
        if isinstance(raised, DatabaseError | InterfaceError):
            code = getattr(raised.__cause__, "pgcode", None) or ""
            lost = not code and isinstance(raised, OperationalError | InterfaceError)
            return lost or code.startswith(_AWAY)
        raised = raised.__cause__ or raised.__context__
    return False
