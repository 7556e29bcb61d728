"""Settings of the bare site: sessions, sign-in, CSRF, and nothing of ours but the tables."""

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "portal.bench.floor.urls"
WSGI_APPLICATION = "portal.bench.floor.wsgi.application"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
