from django.urls import path

from portal.accounts import views

urlpatterns = [
    path("", views.front_door, name="front_door"),
    path("signin/", views.SignIn.as_view(), name="signin"),
    path("signout/", views.SignOut.as_view(), name="signout"),
    path("settings/", views.edit_settings, name="settings"),
    path("settings/password/", views.ChangePassword.as_view(), name="password_change"),
    path("settings/calendar/", views.renew_calendar, name="renew_calendar"),
    path("settings/language/", views.set_language, name="set_language"),
    path("password-reset/", views.AskForReset.as_view(), name="password_reset"),
    path("password-reset/sent/", views.ResetAsked.as_view(), name="password_reset_done"),
    path("password-reset/done/", views.PasswordSet.as_view(), name="password_reset_complete"),
    path("password-reset/<uidb64>/<token>/", views.SetPassword.as_view(), name="password_reset_confirm"),
]
