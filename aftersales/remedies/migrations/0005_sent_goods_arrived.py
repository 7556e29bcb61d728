"""Until now goods were done with once they were sent, and their case ended: those count as arrived."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    sent = apps.get_model("remedies", "Replacement").objects.filter(state="shipped")
    sent.update(state="arrived", ended_at=F("shipped_at"))


class Migration(migrations.Migration):
    dependencies = [("remedies", "0004_goods_arrive")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
