"""Celery application. The beat schedule: every periodic job on one screen."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.imports = ["portal.heartbeat"]

app.conf.beat_schedule = {
    "deadlines": {"task": "aftersales.disputes.tasks.sweep_deadlines", "schedule": 5.0, "options": {"expires": 30}},
    "money": {"task": "aftersales.remedies.tasks.sweep", "schedule": 5.0, "options": {"expires": 30}},
    "gateways": {
        "task": "aftersales.remedies.tasks.reconcile",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 500},
    },
    "coupons": {
        "task": "merchants.coupons.tasks.expire",
        "schedule": crontab(minute="5"),
        "options": {"expires": 3000},
    },
    "tiers and bands": {  # 02:30 in China
        "task": "aftersales.disputes.tasks.measure_standing",
        "schedule": crontab(hour="18", minute="30"),
        "options": {"expires": 3600},
    },
    "advances": {
        "task": "aftersales.advances.tasks.sweep",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 500},
    },
    "experiments": {
        "task": "aftersales.results.tasks.watch",
        "schedule": crontab(minute="35"),
        "options": {"expires": 3000},
    },
    "fund": {  # 09:00 in China
        "task": "aftersales.fund.tasks.warn",
        "schedule": crontab(hour="1", minute="0"),
        "options": {"expires": 3600},
    },
    "deposits": {
        "task": "merchants.deposits.tasks.sweep",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 500},
    },
    "recalls": {  # orders that are imported after a recall was opened
        "task": "aftersales.recalls.tasks.serve_later",
        "schedule": crontab(hour="*/6", minute="20"),
        "options": {"expires": 3600},
    },
    "outbox": {"task": "portal.outbox.tasks.drain", "schedule": 5.0, "options": {"expires": 30}},
    "old outbox": {"task": "portal.outbox.tasks.purge", "schedule": crontab(hour="19", minute="30")},  # 03:30 in China
    "old answers": {"task": "portal.rest.tasks.purge", "schedule": crontab(hour="19", minute="45")},
}
