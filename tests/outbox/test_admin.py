import pytest
from django.urls import reverse

from portal.outbox import services
from portal.outbox.models import Message
from tests.outbox.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_person_has_a_message_tried_again(admin_client, heard):
    services.publish("test.heard", {"n": 1}, now=NOW)
    Message.objects.update(set_aside_at=NOW, attempts=10, error="broken")
    changelist = reverse("admin:outbox_message_changelist")
    message = Message.objects.get()
    assert "broken" in admin_client.get(changelist, {"state": "set_aside"}).content.decode()
    admin_client.post(changelist, {"action": "try_again", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert (message.set_aside_at, message.attempts) == (None, 0)
    services.drain(now=message.due_at)
    assert heard == [1]


@pytest.mark.parametrize("state", ["failing", "waiting", "done", "set_aside"])
def test_messages_are_listed_by_state_and_never_edited(admin_client, state):
    changelist = reverse("admin:outbox_message_changelist")
    assert admin_client.get(changelist, {"state": state}).status_code == 200
    services.publish("test.nobody", {}, now=NOW)
    pk = Message.objects.get().pk
    assert admin_client.get(reverse("admin:outbox_message_add")).status_code == 403
    assert admin_client.post(reverse("admin:outbox_message_delete", args=[pk]), {"post": "yes"}).status_code == 403
