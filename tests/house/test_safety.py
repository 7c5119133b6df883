"""What protects people: hashing, cookies, forms, the content policy; the settings are the shipped ones."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import make
import pytest
import walk
from django.test import Client
from django.urls import reverse

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "PASSWORD_HASHERS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "DEBUG", "X_FRAME_OPTIONS",
)  # fmt: skip
PROBE = f"""
import json
from shopping_mall import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES!r}}}))
"""


def shipped(tmp_path: Path, **environment: str) -> dict[str, Any]:
    given = {k: v for k, v in os.environ.items() if k not in {"MALL_DEMO", "SECRET_KEY", "DATABASE_URL"}}
    given |= {"MALL_VAR": str(tmp_path)} | environment
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_outside_the_demo_everything_goes_over_tls(tmp_path: Path) -> None:
    settings = shipped(tmp_path, MALL_DEMO="0", SECRET_KEY="x" * 60)

    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SESSION_COOKIE_HTTPONLY"] is True
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SECURE_HSTS_SECONDS"] >= 31536000
    assert settings["DEBUG"] is False
    assert settings["X_FRAME_OPTIONS"] == "DENY"


def test_the_demo_works_over_plain_http(tmp_path: Path) -> None:
    settings = shipped(tmp_path, MALL_DEMO="1")

    assert settings["SESSION_COOKIE_SECURE"] is False
    assert settings["SECURE_SSL_REDIRECT"] is False
    assert settings["DEBUG"] is False


def test_passwords_are_hashed_with_argon2(tmp_path: Path) -> None:
    hashers = shipped(tmp_path, MALL_DEMO="1")["PASSWORD_HASHERS"]

    assert hashers[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_without_a_secret_key_a_real_site_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        shipped(tmp_path, MALL_DEMO="0")

    assert "SECRET_KEY is missing" in refusal.value.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "provider:login", "account_reset_password"]
)
def test_a_form_without_its_token_is_refused(name: str) -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.get(reverse(name)).status_code == 200
    assert client.post(reverse(name), {"login": "anna", "password": make.PASSWORD}).status_code == 403


def test_a_change_without_its_token_is_refused(petra: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(petra, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.post(reverse("provider:settings"), {"name": "Another mall"}).status_code == 403
    assert client.post(reverse("provider:logout")).status_code == 403


INLINE = re.compile(
    rb"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+=[\"']|\sstyle=[\"']|<style", re.IGNORECASE
)
FOREIGN_ASSET = re.compile(
    rb"<(?:script|link|img|iframe|source)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE
)


def test_every_page_allows_this_host_only_and_needs_no_more(petra: Any, anna: Any, door: Any) -> None:
    seen = 0
    for user in (None, anna, petra):
        client = door(user)
        for one in walk.doors():
            if (
                one.arguments
                or one.name.startswith("admin")
                or one.name in {"provider:logout", "account_logout"}
            ):
                continue
            answer = client.get(one.path({}))
            if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
                continue
            seen += 1
            policy = answer["Content-Security-Policy"]
            assert "default-src 'self'" in policy, one.name
            assert "unsafe" not in policy, one.name
            assert "http" not in policy, one.name
            assert "*" not in policy, one.name
            if not one.name.startswith("api"):  # the document page of the API is checked on its own
                assert INLINE.findall(answer.content) == [], one.name
                assert FOREIGN_ASSET.findall(answer.content) == [], one.name
    assert seen > 30


ASKING = """
import django
django.setup()
import onnx
from onnx import TensorProto, helper
from engine.churn.answers.sessions import session
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Identity", ["in"], ["out"])], "same", [value("in")], [value("out")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
model.ir_version = 10
print(session(model.SerializeToString()).run(None, {"in": [1.0]})[0])
"""


def test_a_model_that_is_asked_tells_nobody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    surroundings = {
        "HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "shopping_mall.settings",
        "MALL_VAR": str(tmp_path),
    }
    kept = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", ASKING], env=kept | surroundings | {"SECRET_KEY": "x" * 50},
        cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout.strip()) == (0, "[1.]"), done.stderr
    assert list(home.rglob("*")) == []
