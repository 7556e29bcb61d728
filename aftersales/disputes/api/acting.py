"""Taking an action of the workflow over REST: one address per action, each answering with the case as it is then."""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.disputes.api import answers, body, examples
from aftersales.disputes.api.actions import ACTIONS_INPUT
from aftersales.disputes.api.parts import case_for, take_over
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.permissions import role_of
from aftersales.disputes.transitions import check
from portal.accounts.models import User
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.problems import Problem
from portal.rest.versions import etag, expected_version


class ActView(APIView):
    """An action of the workflow."""

    scopes = {"POST": "disputes:write"}
    name = ""
    about = ""  # for the schema

    @idempotent
    def post(self, request: Request, number: str) -> Response:
        """Take the action."""
        taken, user, now = ACTIONS_INPUT[self.name], user_of(request), timezone.now()
        case = case_for(user, number)
        version = expected_version(request)
        with answering(request, case):
            check(case, self.name, role=role_of(user, case), actor=user, now=now, expected_version=version)
            sent: dict[str, Any] = {}
            if taken.serializer is not None:
                sent = taken.prepare(case, validated(taken.serializer, request.data))
            after = taken.verb(dispute=case, actor=user, now=now, expected_version=version, **sent)
        take_over(after, case)
        return Response(body.body(after, user, now=now), headers={"ETag": etag(after.version)})


def act_view(name: str) -> Callable[..., HttpResponse]:
    """Make the view of one action, described in the schema by its own input and by its verb's words."""
    taken = ACTIONS_INPUT[name]
    documented = extend_schema(
        operation_id=f"disputes_{name}",
        request=taken.serializer,
        responses={200: answers.CaseBody, 409: answers.CaseMoved},
        parameters=[OpenApiParameter("If-Match", str, "header", description="Only on this version: the case's ETag")],
        examples=examples.ACTIONS.get(name, []),
    )
    view: type[ActView] = type(f"Act_{name}", (ActView,), {"name": name, "about": _about(taken.verb)})
    return extend_schema_view(post=documented)(view).as_view()


def _about(verb: Callable[..., Dispute]) -> str:
    """What a verb does, in its own words; what it raises is told by the problems."""
    return re.split(r"\s+Raises ", inspect.getdoc(verb) or "")[0]


def user_of(request: Request) -> User:
    """Return who calls."""
    assert isinstance(request.user, User)  # noqa: S101 - HasScope lets only keys in
    return request.user


def case_of(cases: QuerySet[Dispute], number: str) -> Dispute:
    """Return a case of those given. Raises Http404: to outsiders it does not exist."""
    case = cases.filter(number=number).first()
    if case is None:
        raise Http404
    return case


@contextmanager
def answering(request: Request, case: Dispute | None = None) -> Iterator[None]:
    """Say in the words of HTTP what speaks against an action. Raises Problem."""
    try:
        yield
    except NotAllowed as why:
        raise Problem(403, "not_allowed", str(why), **_still_allowed(request, case)) from why
    except RuleBroken as broken:
        errors = {broken.field: [broken.message]} if broken.field else {}
        more = _still_allowed(request, case)
        raise Problem(422, broken.code, broken.message, final=True, errors=errors, **more) from broken
    except DisputeMoved as why:
        raise _moved(request, why) from why


def _still_allowed(request: Request, case: Dispute | None) -> dict[str, Any]:
    if case is None:
        return {}
    user = user_of(request)
    found = body.actions(case, user, role_of(user, case), now=timezone.now())
    return {"allowed_actions": found}


def _moved(request: Request, why: DisputeMoved) -> Problem:
    """409 with the case as it is now; 412 where the caller named the version that it no longer is (RFC 9110)."""
    user = user_of(request)
    current = body.body(case_for(user, why.dispute.number), user, now=timezone.now())
    more = {"current": current, "allowed_actions": current["allowed_actions"]}
    expected = expected_version(request)
    if expected is not None and expected != current["version"]:
        problem = Problem(412, "version_changed", _("This case has changed since you read it."), **more)
    else:
        problem = Problem(409, "dispute_moved", str(why), final=True, **more)
    problem.headers["ETag"] = etag(current["version"])
    return problem
