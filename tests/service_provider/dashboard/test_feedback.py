"""The office's pages of feedback: read by staff, answered by the provider."""

from typing import Any

import make
import pytest
from django.urls import reverse

from service_provider.models import AuditEntry, Feedback, Mall
from service_provider.queries.access import actor_of
from service_provider.services.people import farewell

pytestmark = pytest.mark.django_db
LIST = "/provider/feedback/"


@pytest.fixture
def row(anna: Any) -> Feedback:
    return make.feedback(anna.shopper, rating=2, text="Anna says: the lift\nis slow. <b>Really</b>")


def url(verb: str, row: Feedback) -> str:
    return reverse(f"provider:feedback-{verb}", args=[row.pk])


def text_of(client: Any, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("name", ["anna", "bea"])
def test_shoppers_see_nothing_of_it(row: Feedback, door: Any, request: Any, name: str, bea: Any) -> None:
    client = door(request.getfixturevalue(name))
    for path in (LIST, url("entry", row), url("close", row)):
        assert client.get(path).status_code == 403
    for verb in ("answer", "close", "reopen"):
        assert client.post(url(verb, row), {"answer": "Mine"}).status_code == 403


def test_nobody_is_sent_to_the_log_in(row: Feedback, door: Any) -> None:
    for path in (LIST, url("entry", row), url("close", row)):
        assert door(None).get(path)["Location"].startswith("/provider/login/")


def test_the_analyst_reads_without_names_and_changes_nothing(row: Feedback, alan: Any, door: Any) -> None:
    client = door(alan)
    for path in (LIST, url("entry", row)):
        page = text_of(client, path)
        assert "[...] says: the lift" in page
        assert "Anna" not in page
        assert "key-anna" in page
    assert '<form class="card"' not in text_of(client, url("entry", row))
    for verb in ("answer", "close", "reopen"):
        assert client.post(url(verb, row), {"answer": "Mine"}).status_code == 403
    row.refresh_from_db()
    assert (row.answer, row.closed_at) == ("", None)


def test_an_empty_list_says_where_words_come_from(petra: Any, door: Any) -> None:
    assert "No shopper has said anything yet." in text_of(door(petra), LIST)


def test_the_list_counts_filters_and_says_when_there_is_too_little(
    row: Feedback, petra: Any, door: Any
) -> None:
    client = door(petra)
    page = text_of(client, LIST)
    assert "not enough data yet" in page
    assert "from 1 rating;" in page
    assert "Anna says" in page
    assert "No feedback fits these filters." in text_of(client, f"{LIST}?topic=till")
    assert "a filter could not be understood" in text_of(client, f"{LIST}?rating=9")


def test_the_mean_stands_beside_its_interval(row: Feedback, anna: Any, petra: Any, door: Any) -> None:
    Mall.objects.create(pk=1, min_group_size=2)
    make.feedback(anna.shopper, 2, rating=4)
    assert "3.00 (1.04 to 4.96)" in text_of(door(petra), LIST)


def test_an_entry_is_read_as_text_and_leads_to_its_writer(row: Feedback, petra: Any, door: Any) -> None:
    page = text_of(door(petra), url("entry", row))
    assert "the lift<br>is slow. &lt;b&gt;Really&lt;/b&gt;" in page
    assert reverse("provider:shopper", args=["key-anna"]) in page


def test_who_has_left_has_no_page(row: Feedback, anna: Any, petra: Any, door: Any) -> None:
    farewell.delete(actor_of(anna), now=make.NOON)
    page = text_of(door(petra), url("entry", row))
    assert reverse("provider:shopper", args=["key-anna"]) not in page
    assert "has left" in page
    assert "Anna" not in page


def test_the_provider_answers_and_changes_the_answer(row: Feedback, petra: Any, door: Any) -> None:
    client = door(petra)
    answer = client.post(url("answer", row), {"answer": "It is\r\nbeing repaired.", "seen": ""}, follow=True)
    assert "Answered: she reads it" in answer.content.decode()
    row.refresh_from_db()
    assert (row.answer, row.answered_by) == ("It is\nbeing repaired.", "petra")
    seen = row.answered_at.isoformat()
    assert f'value="{seen}"'.replace("+", "&#x2B;") in text_of(client, url("entry", row)).replace(
        "+", "&#x2B;"
    )
    client.post(url("answer", row), {"answer": "It is repaired.", "seen": seen})
    row.refresh_from_db()
    assert row.answer == "It is repaired."


def test_who_comes_second_is_told_and_loses_nothing(row: Feedback, petra: Any, door: Any) -> None:
    client = door(petra)
    client.post(url("answer", row), {"answer": "First", "seen": ""})
    page = client.post(url("answer", row), {"answer": "Second", "seen": ""}).content.decode()
    assert "Somebody has answered it meanwhile." in page
    assert "First" in page
    assert "Second</textarea>" in page
    row.refresh_from_db()
    assert row.answer == "First"
    seen = row.answered_at.isoformat()
    assert f'name="seen" value="{seen}"' in page  # who has read the first one may change it now


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"answer": " "}, "required"),
        ({"answer": "x" * 2001}, "at most 2,000"),
        ({"answer": "Thanks", "seen": "yesterday"}, "Load the page again"),
        ({"answer": "Thanks", "seen": "2026-05-20"}, "Load the page again"),
    ],
    ids=["empty", "long", "no moment", "no zone"],
)
def test_a_wrong_answer_is_refused_in_words(
    row: Feedback, petra: Any, door: Any, given: dict[str, str], said: str
) -> None:
    assert said in door(petra).post(url("answer", row), given).content.decode()
    row.refresh_from_db()
    assert row.answer == ""


def test_closing_is_asked_for_once_more_and_undone(row: Feedback, petra: Any, door: Any) -> None:
    client = door(petra)
    assert "It has no answer." in text_of(client, url("close", row))
    row.refresh_from_db()
    assert row.closed_at is None
    assert "Closed. It can be opened again." in client.post(url("close", row), follow=True).content.decode()
    assert "closed already" in client.post(url("close", row), follow=True).content.decode()
    page = client.post(url("answer", row), {"answer": "Thanks", "seen": ""}).content.decode()
    assert "Open it again" in page
    assert "Open again." in client.post(url("reopen", row), follow=True).content.decode()
    assert "open already" in client.post(url("reopen", row), follow=True).content.decode()
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["close_feedback", "reopen_feedback"]
    assert "closed feedback" in text_of(client, reverse("provider:audit"))


def test_what_is_not_there_is_not_found(petra: Any, door: Any) -> None:
    for verb in ("entry", "close"):
        assert door(petra).get(reverse(f"provider:feedback-{verb}", args=[7])).status_code == 404
    for verb in ("answer", "close", "reopen"):
        assert door(petra).post(reverse(f"provider:feedback-{verb}", args=[7])).status_code == 404


@pytest.mark.parametrize("file_format", ["xls", "xlsx", "csv"])
def test_staff_take_it_away_without_names(
    row: Feedback, alan: Any, petra: Any, door: Any, file_format: str
) -> None:
    for person in (alan, petra):
        answer = door(person).get(f"/provider/downloads/feedback/{file_format}/?topic=shop")
        content = b"".join(answer.streaming_content)
        assert answer.status_code == 200
        if file_format == "csv":
            assert b"[...] says: the lift" in content
            assert b"Anna" not in content
    assert AuditEntry.objects.filter(verb="download", target_id="feedback").count() == 2
