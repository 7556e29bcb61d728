import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class ObjectParser(BaseParser):
    """JSON as the standard says it, in UTF-8, and an object at the top: everything else is told apart in words."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Read the body. Raises ParseError, or RequestDataTooBig above DATA_UPLOAD_MAX_MEMORY_SIZE."""
        # `body` and not `read()`: only the former keeps to the limit.
        raw = stream.body if hasattr(stream, "body") else stream.read()
        try:
            found = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        except ValueError as wrong:
            raise ParseError(_("The body is not JSON: %(why)s.") % {"why": wrong}) from None
        if not isinstance(found, dict):
            raise ParseError(_("The body must be a JSON object."))
        return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
