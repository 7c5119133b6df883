"""A write happens once, and a key may not ask too often."""

import json
from datetime import timedelta

import fake_model
import make
import pytest
from api_door import ASKED, URL, problem
from django.test import Client
from django.utils import timezone

from service_provider.models import ApiKey, IdempotencyRecord, RevenuePrediction
from service_provider.queries.access import COMMAND
from service_provider.services import idempotency, keys


@pytest.mark.parametrize("once", ["", "x" * 256, "two words", "h\u00fcbsch"])
def test_a_write_needs_an_idempotency_key(model, key, once):
    headers = {"Authorization": f"Bearer {key.secret}"} | ({"Idempotency-Key": once} if once else {})
    response = Client().post(URL, json.dumps(ASKED), content_type="application/json", headers=headers)
    assert [(e["where"], e["name"]) for e in problem(response, 422)["errors"]] == [
        ("header", "Idempotency-Key")
    ]


def test_the_same_request_again_gets_the_same_answer_and_writes_nothing(model, ask):
    first, second = ask(_once="a"), ask(_once="a")
    assert second.status_code == 201
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert RevenuePrediction.objects.count() == 1


def test_keys_that_differ_in_case_only_are_two(model, ask):
    ask(_once="a")
    assert "Idempotent-Replayed" not in ask(_once="A")
    assert RevenuePrediction.objects.count() == 2


def test_the_same_key_with_another_body_is_422(model, ask):
    ask(_once="a")
    assert "another body" in problem(ask(_once="a", age=35), 422)["detail"]
    assert RevenuePrediction.objects.count() == 1


def test_two_keys_do_not_share_their_idempotency_keys(model, ask):
    other = keys.make("till 2", ("predict",), by=COMMAND, now=timezone.now())
    ask(_once="a")
    assert "Idempotent-Replayed" not in ask(_once="a", _key=other.secret)


def test_a_request_in_flight_is_409(model, key, ask, monkeypatch):
    """The second arrives while the first is being answered."""
    inner = []
    answer = fake_model.FakeModel.answer

    def slow(self, row):
        if not inner:
            inner.append(ask(_once="a"))
        return answer(self, row)

    monkeypatch.setattr(fake_model.FakeModel, "answer", slow)
    assert ask(_once="a").status_code == 201
    problem(inner[0], 409)
    assert inner[0]["Retry-After"]
    assert RevenuePrediction.objects.count() == 1


def test_a_request_whose_process_died_can_be_taken_over_after_a_minute(model, key, ask):
    ask(_once="a")
    RevenuePrediction.objects.all().delete()
    begun = timezone.now() - timedelta(seconds=50)
    IdempotencyRecord.objects.update(status=None, response="", created_at=begun)
    problem(ask(_once="a"), 409)
    IdempotencyRecord.objects.update(created_at=begun - timedelta(seconds=11))
    assert ask(_once="a").status_code == 201
    assert RevenuePrediction.objects.count() == 1


def test_work_that_was_taken_over_meanwhile_is_undone(model, key):
    now = timezone.now()

    def work():
        IdempotencyRecord.objects.update(created_at=now + timedelta(seconds=61))
        make.prediction(model)
        return idempotency.Answer(201, "{}")

    with pytest.raises(idempotency.InFlight):
        idempotency.once(key.id, "a", request=b"x", now=now, work=lambda: work)
    assert not RevenuePrediction.objects.exists()


def test_an_answer_is_forgotten_after_a_day(model, key, ask):
    ask(_once="a")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert "Idempotent-Replayed" not in ask(_once="a", age=35)
    assert RevenuePrediction.objects.count() == 2
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    ask(_once="b")
    assert idempotency.purge(now=timezone.now()) == 1
    assert IdempotencyRecord.objects.count() == 1


def test_a_key_is_limited_and_told_when_to_come_back(model, key, ask, monkeypatch):
    monkeypatch.setattr(keys, "LIMIT", 2)
    assert [ask().status_code for _ in range(2)] == [201, 201]
    response = ask()
    problem(response, 429)
    assert 1 <= int(response["Retry-After"]) <= 60
    ApiKey.objects.update(window_at=timezone.now() - keys.WINDOW)
    assert ask().status_code == 201


def test_the_limit_of_one_key_is_not_anothers(model, ask, monkeypatch):
    monkeypatch.setattr(keys, "LIMIT", 1)
    other = keys.make("till 2", ("predict",), by=COMMAND, now=timezone.now())
    ask()
    assert ask().status_code == 429
    assert ask(_key=other.secret).status_code == 201


def test_last_use_is_written_at_most_once_a_minute(db, key):
    noon = make.NOON
    for seconds, written in ((0, 0), (59, 0), (60, 60), (61, 60)):
        keys.admit(key.id, now=noon + timedelta(seconds=seconds))
        assert ApiKey.objects.get().last_used_at == noon + timedelta(seconds=written)
