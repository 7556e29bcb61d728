import hashlib
import secrets
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Duty(models.TextChoices):
    """What a person does for the platform; empty for buyers and merchants' people."""

    NONE = "", _("None")
    ARBITRATOR = "arbitrator", _("Arbitrator")
    SENIOR = "senior", _("Senior arbitrator")
    PLATFORM = "platform", _("Platform staff")
    MARKETPLACE = "marketplace", _("Marketplace system")


def known_time_zone(name: str) -> None:
    """Refuse a time zone that this machine does not know. Raises ValidationError."""
    if name not in available_timezones():
        raise ValidationError(_("Unknown time zone."))


class User(AbstractUser):
    """Anybody who signs in: buyer, merchant's member, arbitrator, platform staff or the marketplace's system."""

    # The marketplace's name for this person as a buyer; separate from the user name, which people may change.
    buyer_ref = models.CharField(_("buyer reference"), max_length=100, null=True, unique=True, editable=False)
    duty = models.CharField(_("duty"), max_length=12, choices=Duty.choices, default=Duty.NONE, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=[("en", "English"), ("zh-hans", "简体中文")], default="en"
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Asia/Shanghai", validators=[known_time_zone])

    # Whoever knows it reads this person's deadlines as a calendar; asked for in the settings, renewed there.
    calendar_key = models.CharField(max_length=43, null=True, unique=True, editable=False)

    # Made for the demo with a public password; cannot sign in unless the site runs as a demo.
    is_demo = models.BooleanField(_("demo user"), default=False, editable=False)

    @property
    def is_arbitrator(self) -> bool:
        """Whether this person may rule on cases at all."""
        return self.duty in {Duty.ARBITRATOR, Duty.SENIOR}

    @property
    def may_sign_in(self) -> bool:
        """Whether this person may use the site at all, by password or by key."""
        return self.is_active and (settings.DEMO or not self.is_demo)

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone; the site's own should this machine not know it."""
        try:
            return ZoneInfo(self.time_zone)  # kept by zoneinfo: asked for at every request
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(settings.TIME_ZONE)

    @property
    def display_name(self) -> str:
        """The name that other parties see."""
        return self.get_full_name() or self.username


class ApiKeyManager(models.Manager["ApiKey"]):
    """Issue keys and look them up."""

    def issue(self, *, user: User, scopes: list[str], name: str = "") -> tuple["ApiKey", str]:
        """Make a key for a user; return it with the secret, which is shown once and stored only as a hash."""
        secret = f"asp_{secrets.token_urlsafe(32)}"
        key = self.create(user=user, scopes=scopes, name=name, prefix=secret[:12], digest=ApiKey.digest_of(secret))
        return key, secret


class ApiKey(models.Model):
    """A bearer key of the REST API: acts as its user within its scopes."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyManager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.user_id})"

    @staticmethod
    def digest_of(secret: str) -> str:
        """Hash a secret. Plain SHA-256 is enough: the secret has 256 random bits, nothing to guess."""
        return hashlib.sha256(secret.encode()).hexdigest()
