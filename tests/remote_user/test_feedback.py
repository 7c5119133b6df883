"""The shopper's page of feedback: what she says, what was answered, and nothing of others."""

from typing import Any

import make
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from service_provider.models import Feedback

pytestmark = pytest.mark.django_db
FORM = {"topic": "till", "rating": "2", "text": "The queue\r\nis long."}
URL = "/feedback/"


def read(client: Any) -> str:
    return client.get(URL).content.decode()


def test_only_shoppers_are_asked(anna: Any, alan: Any, petra: Any, door: Any) -> None:
    assert door(anna).get(URL).status_code == 200
    for person in (alan, petra):
        assert door(person).get(URL).status_code == 403
        assert door(person).post(URL, FORM).status_code == 403
    answer = door(None).post(URL, FORM)
    assert answer["Location"] == f"{reverse('account_login')}?next={URL}"
    assert not Feedback.objects.exists()


def test_an_empty_page_says_what_will_stand_there(anna: Any, door: Any) -> None:
    assert "Nothing yet." in read(door(anna))


def test_what_she_says_stands_on_her_page(anna: Any, bea: Any, door: Any) -> None:
    client = door(anna)
    answer = client.post(URL, FORM, follow=True)
    assert answer.redirect_chain == [(URL, 302)]
    page = answer.content.decode()
    assert "Thank you." in page
    assert "Delivery and till, 2 of 5" in page
    assert "The queue<br>is long." in page
    assert "The queue" not in read(door(bea))


def test_the_answer_stands_below_it_without_who_gave_it(anna: Any, door: Any) -> None:
    make.feedback(anna.shopper, answer="Another till opens.", answered_at=make.NOON, answered_by="petra")
    page = read(door(anna))
    assert "Another till opens." in page
    assert "petra" not in page


def test_what_she_writes_is_text_and_no_markup(anna: Any, door: Any) -> None:
    client = door(anna)
    client.post(URL, FORM | {"text": "<script>alert(1)</script>"})
    assert "<script>alert" not in read(client)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", " \r\n ", "required"),
        ("text", "x" * 2001, "at most 2000"),
        ("topic", "weather", "valid choice"),
        ("topic", "", "required"),
        ("rating", "6", "valid choice"),
        ("rating", "good", "valid choice"),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_stores_nothing(
    anna: Any, door: Any, field: str, value: str, said: str
) -> None:
    page = door(anna).post(URL, FORM | {field: value}).content.decode()
    assert said in page
    if field != "text":
        assert "The queue\nis long." in page.replace("\r\n", "\n")
    assert not Feedback.objects.exists()


def test_the_end_of_a_line_is_counted_once_as_the_browser_does(anna: Any, door: Any) -> None:
    door(anna).post(URL, FORM | {"text": "\r\n".join(["x"] * 1000) + "x"})
    assert len(Feedback.objects.get().text) == 2000


def test_no_rating_is_fine(anna: Any, door: Any) -> None:
    door(anna).post(URL, FORM | {"rating": ""})
    assert Feedback.objects.get().rating is None


def test_the_sixth_of_a_day_is_refused_in_words_and_not_lost(anna: Any, door: Any) -> None:
    client = door(anna)
    for n in range(5):
        client.post(URL, FORM | {"text": f"Thing {n}"})
    page = client.post(URL, FORM | {"text": "One more"}).content.decode()
    assert "Please come again tomorrow." in page
    assert "One more</textarea>" in page
    assert Feedback.objects.count() == 5


def test_the_shops_footer_leads_there(anna: Any, petra: Any, door: Any) -> None:
    for person in (None, anna):
        for url in ("/", reverse("account_login")) if person is None else ("/", "/profile/"):
            assert f'href="{URL}"' in door(person).get(url).content.decode(), url
    assert f'href="{URL}"' not in door(petra).get("/").content.decode()


def test_many_words_cost_no_more_queries_than_few(anna: Any, door: Any) -> None:
    client = door(anna)

    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        return len(queries)

    make.feedback(anna.shopper)
    count_queries()
    few = count_queries()
    for number in range(2, 6):
        make.feedback(anna.shopper, number)
    assert count_queries() == few
