"""Keys: the secret exists once, the table holds its fingerprint only."""

import hashlib
import json

import make
import pytest
from django.core import serializers

from service_provider.models import ApiKey, AuditEntry
from service_provider.queries import keys as key_queries
from service_provider.queries.access import COMMAND
from service_provider.services import keys


@pytest.fixture
def key(db):
    return keys.make("till 1", ("predict",), by=COMMAND, now=make.NOON)


def test_only_the_fingerprint_is_stored(key):
    row = ApiKey.objects.get()
    assert row.sha256 == hashlib.sha256(key.secret.encode()).hexdigest()
    assert len(key.secret) >= 48
    stored = serializers.serialize("json", [*ApiKey.objects.all(), *AuditEntry.objects.all()])
    assert key.secret not in stored
    assert json.loads(stored)[0]["fields"]["prefix"] == key.secret[:12]


def test_no_two_secrets_are_alike(db):
    made = {keys.make(f"till {n}", ("predict",), by=COMMAND, now=make.NOON).secret for n in range(20)}
    assert len(made) == 20


@pytest.mark.parametrize("scopes", [(), ("everything",), ("predict", "everything")])
def test_an_unknown_scope_is_refused(db, scopes):
    with pytest.raises(keys.KeyRefused):
        keys.make("till 1", scopes, by=COMMAND, now=make.NOON)
    assert not ApiKey.objects.exists()


def test_a_live_name_is_not_given_twice_a_revoked_one_is_free(key):
    with pytest.raises(keys.KeyRefused, match="in use already"):
        keys.make("till 1", ("predict",), by=COMMAND, now=make.NOON)
    keys.revoke(key.id, by=COMMAND, now=make.NOON, reason="lost")
    assert keys.make("till 1", ("predict",), by=COMMAND, now=make.NOON).id != key.id


def test_revoking_is_written_down_and_happens_once(key):
    assert key_queries.find_by_hash(keys.sha256_of(key.secret)).name == "till 1"
    keys.revoke(key.id, by=COMMAND, now=make.NOON, reason="lost")
    assert key_queries.find_by_hash(keys.sha256_of(key.secret)) is None
    assert AuditEntry.objects.filter(verb="revoke_key", reason="lost", target_id=str(key.id)).count() == 1
    with pytest.raises(keys.KeyRefused):
        keys.revoke(key.id, by=COMMAND, now=make.NOON, reason="again")
