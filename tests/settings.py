"""The shipped settings, with the few things a test must have otherwise. DATABASE_URL chooses the database."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("MALL_DEMO", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ["MALL_VAR"] = tempfile.mkdtemp(prefix="mall-tests-")
atexit.register(shutil.rmtree, os.environ["MALL_VAR"], ignore_errors=True)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright beside live_server
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from shopping_mall.settings import *  # noqa: E402, F403

# The real hasher is slow on purpose; a test of it stands in tests/house.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
WHITENOISE_AUTOREFRESH = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: live servers and worker processes open it for themselves.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "tests.sqlite3"}  # noqa: F405
