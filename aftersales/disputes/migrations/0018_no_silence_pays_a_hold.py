"""Amounts that wait for approval are no longer released by silence: what waits now is chased instead."""

from django.db import migrations

CHASE = "UPDATE disputes_dispute SET on_silence = 'chase_hold' WHERE on_silence = 'release_hold';"
RELEASE = "UPDATE disputes_dispute SET on_silence = 'release_hold' WHERE status = 'amount_on_hold';"


class Migration(migrations.Migration):
    dependencies = [("disputes", "0017_restored_discounts")]
    operations = [migrations.RunSQL(CHASE, RELEASE)]
