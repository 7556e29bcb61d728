import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from portal.rest.problems import Problem


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


class UploadParser(MultiPartParser):
    """Forms with files, refused by their size before a byte of them is read."""

    most = 10 * 1024 * 1024  # bytes

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read the form. Raises Problem where it is too large, ParseError where it cannot be read."""
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > self.most:
            text = _("At most %(most)s MB at once.") % {"most": self.most // (1024 * 1024)}
            raise Problem(413, "too_large", text)
        return super().parse(stream, media_type, parser_context)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
