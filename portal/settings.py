"""Settings. Everything that differs between machines comes from the environment (see .env.example)."""

import os
import sys
from pathlib import Path

import dj_database_url
import django_stubs_ext
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal import embedded, gateway_settings

django_stubs_ext.monkeypatch()  # lets ModelAdmin[User] and ModelForm[User] be written as the type checker wants them

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / ".data")).resolve()


def flag(name: str, default: str = "0") -> bool:
    """Read an on/off variable from the environment."""
    return os.environ.get(name, default).lower() in {"1", "true", "yes", "on"}


DEMO = flag("DEMO")  # demo sign-ins and the demo marketplace; script/server sets it
DEBUG = flag("DEBUG")
TESTING = "pytest" in sys.modules

SECRET_KEY = os.environ.get("SECRET_KEY", "")
PRODUCTION = bool(SECRET_KEY) and not DEMO and not DEBUG
if not SECRET_KEY:
    SECRET_KEY = embedded.local_secret(DATA_DIR)  # made once per data folder, never in the repository
if flag("PRODUCTION") and not PRODUCTION:
    raise ImproperlyConfigured("PRODUCTION=1 needs SECRET_KEY, and neither DEMO nor DEBUG.")

ALLOWED_HOSTS = [h for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h]
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if o]
SITE_URL = os.environ.get("SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")

INSTALLED_APPS = [
    "portal.accounts",
    "portal.outbox",
    "portal.notices",
    "portal.ui",
    "portal.rest",
    "merchants",
    "merchants.addresses",
    "merchants.deposits",
    "merchants.coupons",
    "merchants.plans",
    "merchants.experiments",
    "merchants.limits",
    "merchants.promises",
    "merchants.dashboard",
    "aftersales.orders",
    "aftersales.policies",
    "aftersales.ledger",
    "aftersales.remedies",
    "aftersales.returns",
    "aftersales.credit",
    "merchants.scores",
    "aftersales.disputes",
    "aftersales.arbitration",
    "aftersales.advances",
    "aftersales.fund",
    "aftersales.results",
    "aftersales.recognition",
    "aftersales.conversations",
    "aftersales.rehearsal",
    "aftersales.settlements",
    "aftersales.recalls",
    "aftersales.finance",
    "aftersales.buyers",
    "portal",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its widget templates, for FORM_RENDERER
    "django.contrib.postgres",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "csp",
]

MIDDLEWARE = [
    "portal.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.UnreadableMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "portal.ui.context.site",
                "portal.notices.context.unread",
            ],
            "builtins": ["portal.ui.templatetags.ui"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or embedded.database_url(DATA_DIR),
        conn_max_age=int(os.environ.get("CONN_MAX_AGE", "600")),
        conn_health_checks=True,
    )
}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL") or embedded.redis_url(DATA_DIR)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
        # A page loses at most this to a Redis that is away; whoever uses the cache must live without it.
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2, "retry": Retry(NoBackoff(), 0)},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.AccountBackend"]
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))  # how many proxies of ours add to X-Forwarded-For
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
LOGIN_URL = "/signin/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/signin/"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # no query per request; nothing secret in it
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", DATA_DIR / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", DATA_DIR / "media"))
# Evidence is served by a view that checks who asks, never from a public address.
MEDIA_URL = "/media-is-never-public/"
UPLOAD_MOST = 100 * 1024 * 1024  # bytes of one request, all files together; each kind of file has a limit of its own
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_DB_REUSE_MAX = 10_000  # keep the connection: worth 2.7 times (Celery closes it after each task by default)
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_TASK_DEFAULT_QUEUE = "notices"
CELERY_TASK_ROUTES = {
    "aftersales.disputes.tasks.measure_standing": {"queue": "notices"},  # long: no deadline waits for it
    "aftersales.disputes.tasks.*": {"queue": "deadlines"},
    "aftersales.remedies.tasks.*": {"queue": "money"},
}

GATEWAYS = gateway_settings.routes(production=PRODUCTION)
IN_KIND = gateway_settings.in_kind()  # payment channels that are no money account -> points or coupon
GATEWAY_OPTIONS = gateway_settings.options(SECRET_KEY)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.rest.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["portal.rest.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.rest.parsers.ObjectParser"],
    "DEFAULT_PAGINATION_CLASS": "portal.rest.pagination.OpaqueCursor",
    "DEFAULT_SCHEMA_CLASS": "portal.rest.schema.Schema",
    "EXCEPTION_HANDLER": "portal.rest.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "After-sales portal",
    "DESCRIPTION": "Cases, orders, plans and coupons: the same address for buyer, merchant and platform, each seeing "
    "only what is theirs. Amounts are decimal strings, instants are in UTC. Lists of values may grow.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Role": "aftersales.disputes.codes.Role",
        "Status": "aftersales.disputes.codes.Status",
        "RefusalReason": "aftersales.disputes.codes.RefusalReason",
        "Reason": "aftersales.policies.codes.Reason",
        "RemedyKind": "aftersales.policies.codes.RemedyKind",
        "DisputeType": "aftersales.policies.codes.DisputeType",
        "OrderStage": "aftersales.orders.models.OrderStage",
        "PlanState": "merchants.plans.models.PlanState",
        "ProposableKind": "aftersales.disputes.services.negotiation.PROPOSABLE",
        "OfferableKind": "merchants.plans.guard.OFFERABLE",
        "RulableKind": "aftersales.arbitration.services.RULABLE_KINDS",
        "EvidenceKind": "aftersales.disputes.models.record.EvidenceKind",
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
if PRODUCTION and not flag("BEHIND_PLAIN_HTTP"):
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

EMAIL_URL = os.environ.get("EMAIL_HOST", "")
if EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = EMAIL_URL
    EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
    EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = flag("EMAIL_USE_TLS", "1")
    EMAIL_TIMEOUT = 5  # seconds
else:  # no SMTP server: each mail becomes a file that a person can open
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "After-sales portal <noreply@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
