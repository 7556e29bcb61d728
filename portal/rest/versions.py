"""`ETag` and `If-Match`: act only on the version that was read (RFC 9110, section 13)."""

import re

from django.utils.translation import gettext as _
from rest_framework.request import Request

from portal.rest.problems import Problem

_TAG = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag(version: int) -> str:
    """Write a version as an entity tag."""
    return f'"{version}"'


def expected_version(request: Request) -> int | None:
    """Return the version in `If-Match`, or None where any will do. Raises Problem for a tag that is not ours."""
    given = request.headers.get("If-Match", "").strip()
    if given in {"", "*"}:
        return None
    found = _TAG.fullmatch(given)
    if found is None:
        raise Problem(400, "bad_parameter", _('If-Match: send the ETag as it was received, like "3".'))
    return int(found[1])
