from django.urls import path

from aftersales.disputes.api.acting import act_view
from aftersales.disputes.api.actions import ACTIONS_INPUT
from aftersales.disputes.api.returning import ReturnView
from aftersales.disputes.api.views import EvidenceFile

urlpatterns = [
    path("disputes/<slug:number>/return/", ReturnView.as_view()),
    path("disputes/<slug:number>/evidence/<slug:pk>/", EvidenceFile.as_view()),
    *(path(f"disputes/<slug:number>/{name.replace('_', '-')}/", act_view(name)) for name in ACTIONS_INPUT),
]
