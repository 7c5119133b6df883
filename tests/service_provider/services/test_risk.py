"""The model in use is asked at decision points alone, and where it cannot be believed the risk is unknown."""

from datetime import timedelta
from functools import partial
from typing import Any

import coupon_makers as made
import make
import pytest
import risk_models
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop_events import NOW, SECOND, sent

from engine.churn.serve import RiskModel
from service_provider.adapters import model_store
from service_provider.models import Decision, Miss, RiskScore, Visit
from service_provider.services import offers, risk, serving
from service_provider.services.intake import Batch, Sending
from service_provider.services.offers import Answer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_in_memory() -> None:
    serving.forget()
    make.product("P1", category="Shoes", margin_bp=3_500)
    made.nobody_held_out()


def answer(sending: Sending) -> Answer:
    return offers.answer(sending, ask=partial(risk.ask, clock=lambda: 0.0), clock=lambda: 0.0)


def misses() -> dict[str, int]:
    return dict(Miss.objects.values_list("reason", "count"))


def test_a_score_is_kept_with_the_visit_and_by_itself_also_where_no_campaign_runs() -> None:
    version = risk_models.version(live=True)
    answer(made.hesitation())
    visit, score = Visit.objects.get(), RiskScore.objects.get()

    assert (visit.risk_step, score.step) == (5, 5)
    assert visit.risk_ppm == score.churn_ppm
    assert 0 < score.churn_ppm < 1_000_000
    assert (score.version_id, score.visit_id, score.at_ms, score.is_shadow) == (
        version.pk, visit.pk, NOW, False,
    )  # fmt: skip
    assert misses() == {}


def test_the_decision_says_which_versions_it_was_made_with() -> None:
    risk_models.version(3, live=True, content=risk_models.artefact(threshold=0.0))
    made.campaign(policy="published_rule", parameters={})
    assert answer(made.hesitation()).offer is not None

    seen = Decision.objects.get().seen
    assert seen["versions"] == {"churn": 3}
    assert round(seen["risk"] * 1_000_000) == Visit.objects.get().risk_ppm


def test_the_models_own_threshold_decides_who_is_at_risk() -> None:
    risk_models.version(live=True, content=risk_models.artefact(threshold=1.0))
    made.campaign(policy="published_rule", parameters={})

    assert answer(made.hesitation()).offer is None
    assert Decision.objects.get().reasons == ["risk below threshold"]


def test_without_a_model_the_risk_is_unknown_and_counted() -> None:
    made.campaign(policy="published_rule", parameters={"threshold": 0.0})
    assert answer(made.hesitation()) == Answer(5)
    assert (Visit.objects.get().risk_ppm, RiskScore.objects.count()) == (None, 0)
    assert Decision.objects.get().reasons == ["no score"]
    assert misses() == {"model": 1}


@pytest.mark.parametrize(("hours", "is_known"), [(36, True), (36.1, False)], ids=["young", "old"])
def test_a_model_that_is_too_old_is_not_believed(hours: float, is_known: bool) -> None:
    risk_models.version(live=True, created_at=make.NOON - timedelta(hours=hours))
    answer(made.hesitation())

    assert (Visit.objects.get().risk_ppm is not None) == is_known
    assert misses() == ({} if is_known else {"model": 1})


def test_a_model_whose_file_is_gone_or_changed_says_nothing() -> None:
    version = risk_models.version(live=True)
    model_store.path_of(version.stored_name).unlink()
    answer(made.hesitation("S1"))
    model_store.save(version.stored_name, b"something else")
    answer(made.hesitation("S2"))

    assert not RiskScore.objects.exists()
    assert misses() == {"model": 2}


def test_a_model_of_other_columns_says_nothing() -> None:
    risk_models.version(live=True, content=risk_models.of_version(risk_models.artefact(), features_version=0))
    answer(made.hesitation())

    assert not RiskScore.objects.exists()
    assert misses() == {"model": 1}


@pytest.mark.parametrize("fault", [ZeroDivisionError, ArithmeticError, RuntimeError])
def test_a_model_that_fails_is_counted_and_the_shopper_has_her_page(
    fault: type[Exception], monkeypatch: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise fault("no answer")

    risk_models.version(live=True)
    monkeypatch.setattr(RiskModel, "score", fail)
    made.campaign()

    assert answer(made.hesitation()).offer is not None  # this campaign asks for no risk
    assert Visit.objects.get().risk_ppm is None
    assert misses() == {"model": 1}


def test_a_candidate_is_asked_beside_the_live_model_and_nothing_hangs_on_it() -> None:
    live = risk_models.version(1, live=True)
    candidate = risk_models.version(2, content=risk_models.artefact(2), shadow_kind="churn")
    answer(made.hesitation())
    scores = {row.version_id: row for row in RiskScore.objects.all()}

    assert {key: row.is_shadow for key, row in scores.items()} == {live.pk: False, candidate.pk: True}
    assert Visit.objects.get().risk_ppm == scores[live.pk].churn_ppm


def test_a_candidate_that_cannot_be_read_hurts_nobody() -> None:
    risk_models.version(1, live=True)
    risk_models.version(2, content=b"no model", shadow_kind="churn")
    answer(made.hesitation())

    assert [row.is_shadow for row in RiskScore.objects.all()] == [False]
    assert misses() == {}


def test_robots_are_not_asked_about() -> None:
    risk_models.version(live=True)
    robot = made.hesitation()
    answer(Sending(robot.batch, robot.shopper_key, robot.now_ms, is_robot=True))

    assert not RiskScore.objects.exists()
    assert misses() == {}


def test_an_event_that_is_no_decision_point_asks_nothing_more() -> None:
    risk_models.version(live=True)
    batch = Batch((sent("a", "product_view", product_id="P1"),), NOW)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer(Sending(batch, "S1", NOW))

    assert not any(table in query["sql"] for query in asked for table in ("model_version", "risk_score"))


def test_later_points_of_the_visit_move_its_risk_on() -> None:
    risk_models.version(live=True)
    answer(made.hesitation())
    answer(made.hesitation(at=NOW + 60 * SECOND, tag="later"))

    assert list(RiskScore.objects.order_by("step").values_list("step", flat=True)) == [5, 10]
    assert Visit.objects.get().risk_step == 10


def test_what_a_model_carries_is_given_back_to_it(monkeypatch: Any) -> None:
    given: list[bytes | None] = []

    def remember(self: RiskModel, state: Any, standing: Any, *, carried: bytes | None = None) -> Any:
        from engine.churn.serve import Risk

        given.append(carried)
        return Risk(0.5, b"read %d" % state.version)

    risk_models.version(live=True)
    monkeypatch.setattr(RiskModel, "score", remember)
    answer(made.hesitation())
    answer(made.hesitation(at=NOW + 60 * SECOND, tag="later"))

    assert given == [None, b"read 5"]
    assert bytes(Visit.objects.get().carried or b"") == b"read 10"


def test_a_score_that_cannot_be_kept_takes_no_coupon_away(monkeypatch: Any) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no space left")

    risk_models.version(live=True)
    monkeypatch.setattr(risk, "_write_all", fail)
    made.campaign()

    assert answer(made.hesitation()).offer is not None
    assert misses() == {"model": 1}
