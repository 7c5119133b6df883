"""The jobs of segments: a version from the ledger, stretches from the version, and nothing twice."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import small_mall
from small_mall import NOW

from engine.artefacts import ArtefactCorrupt
from engine.segments import serve
from service_provider.adapters import model_store
from service_provider.jobs.worker import Worker
from service_provider.models import Membership, ModelVersion, Schedule
from service_provider.queries import jobs as job_rows
from service_provider.queries import learning as versions
from service_provider.queries import segments as memberships
from service_provider.queries.access import SCHEDULE, Actor
from service_provider.queries.jobs import JobRow
from service_provider.services import jobs, learning, segments
from service_provider.services.learning import CannotPromote

pytestmark = pytest.mark.django_db
PETRA = Actor(label="petra", role="provider")
WEEK = timedelta(days=7)


@pytest.fixture
def shoppers(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    small_mall.store(small_mall.write(tmp_path / "events.csv", small_mall.crowd(48)))


def work(job_id: int, *, now: Any = NOW) -> JobRow:
    """Runs what is due; the clock stands still but for the seconds it counts."""
    ticks = iter(range(100_000))
    Worker("a worker", now=lambda: now, clock=lambda: float(next(ticks))).run_due()
    found = job_rows.find(job_id)
    assert found is not None
    return found


def train(*, now: Any = NOW, by: Actor = PETRA) -> JobRow:
    args = {} if by == SCHEDULE else {"seed": 1}
    return work(jobs.start("train_segments", args=args, by=by, now=now, live_key="train_segments"), now=now)


def version_of(job: JobRow) -> int:
    assert job.state == "done", job.failure
    number: int = job.result["segments_version_id"]
    return number


def test_a_training_keeps_a_version_and_puts_nobody_anywhere(shoppers: None) -> None:
    version = versions.get_version(version_of(train()))

    assert (version.kind, version.number, version.is_live, version.rows) == ("segments", 1, False, 48)
    assert sum(one.shoppers for one in version.report.segments) == 48
    assert not Membership.objects.exists()


def test_a_promotion_puts_every_shopper_somewhere(shoppers: None) -> None:
    version_id = version_of(train())
    learning.promote(version_id, by=PETRA, now=NOW)
    follow_up = job_rows.find_live(live_key=f"assign_segments {version_id}")
    assert follow_up is not None
    done = work(follow_up.id)

    assert done.result == {"began": 48, "moved": 0, "stayed": 0, "ended": 0}
    told = {
        one.code: one.shoppers for one in versions.get_version(version_id).report.segments if one.shoppers
    }
    assert memberships.sizes() == told


def test_assigning_again_changes_nothing(shoppers: None) -> None:
    learning.promote(version_of(train()), by=PETRA, now=NOW)
    work(jobs.start("assign_segments", args={}, by=SCHEDULE, now=NOW))
    before = list(Membership.objects.order_by("pk").values())
    again = work(jobs.start("assign_segments", args={}, by=SCHEDULE, now=NOW))

    assert again.result == {"began": 0, "moved": 0, "stayed": 48, "ended": 0}
    assert list(Membership.objects.order_by("pk").values()) == before


def test_without_a_version_there_is_nothing_to_assign(shoppers: None) -> None:
    assert (
        "No segments are in use"
        in work(jobs.start("assign_segments", args={}, by=SCHEDULE, now=NOW)).result["told"]
    )


def test_too_few_shoppers_fail_in_words(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    assert "segments need 30 of them" in train().failure


def test_a_refit_keeps_codes_and_says_what_it_moves(shoppers: None) -> None:
    first = version_of(train())
    learning.promote(first, by=PETRA, now=NOW)
    work(jobs.start("assign_segments", args={}, by=SCHEDULE, now=NOW))
    again = versions.get_version(version_of(train(now=NOW + WEEK))).report

    assert again.moved_share is not None
    codes = {one.code for one in versions.get_version(first).report.segments}
    assert {one.code for one in again.segments} <= codes
    assert again.moved_by_refit is not None


def test_a_schedule_refits_once_in_seven_days(shoppers: None) -> None:
    train()
    soon = train(now=NOW + timedelta(days=6), by=SCHEDULE)
    late = train(now=NOW + WEEK, by=SCHEDULE)

    assert "younger than a week" in soon.result["told"]
    assert versions.get_version(version_of(late)).number == 2


@pytest.mark.parametrize(("may", "is_live"), [(True, True), (False, False)])
def test_a_schedule_promotes_where_the_provider_allows_it(shoppers: None, may: bool, is_live: bool) -> None:
    Schedule.objects.update_or_create(kind="train_segments", defaults={"minute": 60, "may_promote": may})
    assert versions.get_version(version_of(train(by=SCHEDULE))).is_live is is_live


def test_an_artefact_of_other_columns_is_not_promoted(
    shoppers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_id = version_of(train())
    monkeypatch.setattr(serve, "FEATURE_VERSION", "shoppers-2")

    with pytest.raises(CannotPromote, match="version shoppers-1, and this site reckons with shoppers-2"):
        learning.promote(version_id, by=PETRA, now=NOW)


def test_a_damaged_artefact_fails_the_assignment_in_words(shoppers: None) -> None:
    learning.promote(version_of(train()), by=PETRA, now=NOW)
    row = ModelVersion.objects.get()
    model_store.path_of(row.stored_name).write_bytes(b"half")
    done = work(jobs.start("assign_segments", args={}, by=SCHEDULE, now=NOW))

    assert "Train again." in done.failure
    with pytest.raises(ArtefactCorrupt):
        model_store.read(row.stored_name, sha256=row.sha256)


def test_two_trainings_at_once_are_one(shoppers: None) -> None:
    segments.start_training(by=PETRA, now=NOW)
    with pytest.raises(jobs.AlreadyRunning):
        segments.start_training(by=PETRA, now=NOW)
