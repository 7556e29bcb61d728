"""The database is away: 503, come again, and no fault in the log; anything else stays a fault."""

import pytest
from django.db import DataError, OperationalError, connection
from django.test import Client

from portal.outages import database_away
from tests.rest.calls import Caller, problem


@pytest.fixture
def away(transactional_db):
    """From now on nobody reaches the database, until the test is over."""
    host = connection.settings_dict["HOST"]

    def leave():
        connection.close()
        connection.settings_dict["HOST"] = "/nowhere"

    yield leave
    connection.close()
    connection.settings_dict["HOST"] = host


def test_callers_are_told_to_come_again(away, cast, caplog):
    caller = Caller(cast.buyer)
    away()
    answer = caller.get("/disputes/")
    problem(answer, 503, "unavailable")
    assert answer["Retry-After"] == "2"
    assert "API fault" not in caplog.text


def test_people_are_told_in_both_languages(away, cast):
    client = Client(raise_request_exception=False)
    client.force_login(cast.buyer)
    away()
    page = client.get("/orders/")
    assert (page.status_code, page["Retry-After"]) == (503, "2")
    assert "One moment, please" in page.content.decode()
    assert "请稍候" in page.content.decode()


def test_health_says_which_part(away, client):
    away()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["parts"]["database"]) == (503, False)


@pytest.mark.parametrize(
    ("statement", "gone"), [("SELECT pg_terminate_backend(pg_backend_pid())", True), ("SELECT 1 / 0", False)]
)
def test_what_counts_as_away(statement, gone, transactional_db):
    with pytest.raises((OperationalError, DataError)) as raised, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
    assert database_away(raised.value) is gone
    assert database_away(RuntimeError()) is False
