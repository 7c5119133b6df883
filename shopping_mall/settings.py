"""Django's settings; whatever may differ between two sites comes from `env.py`."""

import os
import secrets
from hashlib import blake2b
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from shopping_mall import env

# Before its import: onnxruntime would keep events for its maker in the home directory (docs/decisions/0135).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

ENV = env.read()
BASE_DIR = env.ROOT
DEMO: bool = ENV["MALL_DEMO"]
DEBUG = False
VAR_DIR = (BASE_DIR / ENV["MALL_VAR"]).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    if ENV["SECRET_KEY"]:
        return str(ENV["SECRET_KEY"])
    if not DEMO and env.is_terminal_command():
        return secrets.token_urlsafe(64)  # a command signs nothing that outlives it
    if not DEMO:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing: set it in the environment or in .env (see README, Settings)."
        )
    path: Path = VAR_DIR / "secret_key"
    if not path.exists():
        path.write_text(secrets.token_urlsafe(64))
        path.chmod(0o600)
    return path.read_text()


SECRET_KEY = _secret_key()
# Signs the clocks of simulated shoppers (docs/decisions/0122). A real mall has none.
DEMO_CLOCK_KEY = (
    blake2b(SECRET_KEY.encode(), digest_size=32, person=b"demo.clock").hexdigest() if DEMO else ""
)
ALLOWED_HOSTS = ENV["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = ENV["CSRF_TRUSTED_ORIGINS"]
ROOT_URLCONF = "shopping_mall.urls"
WSGI_APPLICATION = "shopping_mall.wsgi.application"

INSTALLED_APPS = [
    "remote_user.apps.RemoteUserConfig",
    "service_provider.apps.ServiceProviderConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_filters",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "remote_user.middleware.ShortWayMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "remote_user.middleware.BlockedShopperMiddleware",
    "remote_user.middleware.VisitorMiddleware",
    "axes.middleware.AxesMiddleware",
]

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
                "remote_user.context_processors.mall",
                "remote_user.capture.page.capture",
            ],
        },
    },
]


# ---- the ledger -------------------------------------------------------------------------------------


def _database() -> dict[str, Any]:
    url = ENV["DATABASE_URL"] or f"sqlite:///{VAR_DIR / 'mall.sqlite3'}"
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    # Each thread keeps its connection: opening one costs more than a query, and the last one to close a
    # SQLite file writes its whole log back (docs/decisions/0074).
    config["CONN_MAX_AGE"] = 60
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA wal_autocheckpoint=50000;",
        }
    elif config["ENGINE"].endswith("mysql"):
        config["CONN_HEALTH_CHECKS"] = True
        config["TEST"] = {"CHARSET": "utf8mb4"}  # whatever the server's own default is
        config["OPTIONS"] = {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "sql_mode": "STRICT_TRANS_TABLES",
        }
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# MariaDB has no unique constraint with a condition. Only allauth declares some (User.email is unique on its own);
# a test in tests/house keeps ours free of them.
SILENCED_SYSTEM_CHECKS = ["models.W036"]
# The limits on mails, resets and log ins are counted here: in the database, so that all workers agree.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}

# ---- people -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "service_provider.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "shop:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "shop:home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "remote_user.forms.RegistrationForm"
ACCOUNT_FORMS = {"login": "remote_user.entrance.LoginForm", "signup": "remote_user.entrance.SignupForm"}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True  # one address an account; a new one replaces it once confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "remote_user.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Wrong passwords are counted by axes. No other limit looks at the address, because a mall's Wi-Fi is one
# address for everybody; allauth's own limits by address are all named here to switch them off.
ACCOUNT_RATE_LIMITS = {
    "signup": None,
    "login": None,
    "login_failed": "6/30m/key",  # codes of the second factor, by user
    "reset_password": "5/5m/key",
    "reset_password_from_key": None,
    "request_login_code": "3/m/key",
    "confirm_email": "6/10m/key",
    "verify_phone": "1/30s/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = ENV["TRUSTED_PROXIES"]
MFA_ADAPTER = "remote_user.adapter.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 s that a phone's clock may be off
MFA_RATE_LIMITS = {"webauthn_login": None}
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.5  # hours
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "remote_user.lockout.account_of"
AXES_CLIENT_IP_CALLABLE = "remote_user.lockout.address_of"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying again does not make it longer
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "login", "email", "ip_address"]
AXES_VERBOSE = False

# ---- safety -----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 0 if DEMO else ENV["SECURE_HSTS_SECONDS"]
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
if ENV["TRUSTED_PROXIES"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
CAPTURE_PER_VISITOR = ENV["CAPTURE_PER_VISITOR"]
CAPTURE_PER_ADDRESS = ENV["CAPTURE_PER_ADDRESS"]
EVENT_SINK = ENV["EVENT_SINK"]
EVENT_STREAM_LIMIT = ENV["EVENT_STREAM_LIMIT"]
RISK_STALE_HOURS = ENV["RISK_STALE_HOURS"]

# ---- mail, files, time, logs ------------------------------------------------------------------------

vars().update(environ.Env.email_url_config(ENV["EMAIL_URL"]))
if DEMO:
    EMAIL_BACKEND = "shopping_mall.demo_mail.Backend"
EMAIL_TIMEOUT = 20  # seconds: who sends does other work too
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV["DEFAULT_FROM_EMAIL"]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"  # rows are stored in UTC; pages show the mall's own zone (Mall.zone)

structlog.configure(
    processors=[
        structlog.processors.format_exc_info,
        structlog.processors.LogfmtRenderer(key_order=["event"]),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": ENV["LOG_LEVEL"]},
    "loggers": {"axes": {"level": "WARNING"}},  # lock-outs are warnings; the rest is one line a log in
}
