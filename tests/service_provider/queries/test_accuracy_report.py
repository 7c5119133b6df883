import make
import pytest

from service_provider.queries.reports import accuracy

pytestmark = pytest.mark.django_db


def test_the_live_version_is_shown_else_the_newest() -> None:
    make.model_version(1)
    make.model_version(2)
    assert accuracy.get(None, now=make.NOON).chosen.number == 2
    make.model_version(3, live=True)
    make.model_version(4)
    found = accuracy.get(None, now=make.NOON)
    assert found.chosen.number == found.live_number == 3
    assert [run.number for run in found.runs] == [1, 2, 3, 4]
    assert found.numbers == (4, 3, 2, 1)


def test_a_version_may_be_chosen_and_an_unknown_one_is_refused() -> None:
    make.model_version(1, live=True)
    make.model_version(2, report=make.report(accuracy=0.6))
    assert accuracy.get(2, now=make.NOON).chosen.report.model("vote").metrics["accuracy"].value == 0.6
    for number in (0, 3):
        with pytest.raises(accuracy.NoSuchVersion):
            accuracy.get(number, now=make.NOON)


def test_an_old_version_is_found_beyond_the_runs_that_are_shown() -> None:
    for number in range(1, accuracy.RUNS_SHOWN + 3):
        make.model_version(number)
    found = accuracy.get(1, now=make.NOON)
    assert found.chosen.number == 1
    assert len(found.runs) == accuracy.RUNS_SHOWN
    assert found.runs[0].number == 3


def test_nothing_trained_is_an_empty_report() -> None:
    found = accuracy.get(None, now=make.NOON)
    assert found.chosen is None
    assert found.runs == ()
