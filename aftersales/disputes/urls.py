from django.urls import path

from aftersales.disputes.evidence.views import exhibit
from aftersales.disputes.pages import slip, views
from aftersales.disputes.pages.feed import calendar_feed

urlpatterns = [
    path("calendar/<str:key>.ics", calendar_feed, name="calendar_feed"),
    path("disputes/<str:number>/", views.case, name="case"),
    path("disputes/<str:number>/slip.pdf", slip.slip, name="return_slip"),
    path("disputes/<str:number>/slip.svg", slip.code, name="return_code"),
    path("disputes/<str:number>/say/", views.say, name="case_say"),
    path("disputes/<str:number>/evidence/", views.upload, name="case_upload"),
    path("disputes/<str:number>/evidence/<int:pk>/", exhibit, name="exhibit"),
    path("disputes/<str:number>/evidence/<int:pk>/small/", exhibit, {"small": True}, name="exhibit_small"),
    path("disputes/<str:number>/<slug:action>/", views.act, name="case_act"),
]
