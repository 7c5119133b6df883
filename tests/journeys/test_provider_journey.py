"""Petra logs in, trains on a file, watches, reads the figures, filters the predictions and downloads them."""

import csv
from pathlib import Path
from typing import Any

import make
import openpyxl
import pytest
import xlrd
from django.conf import settings

from service_provider.models import ModelVersion

pytestmark = pytest.mark.django_db(transaction=True)
DEMO = settings.BASE_DIR / "datasets" / "demo_transactions" / "demo_transactions.csv"


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    """The first 700 rows of the demo file: trained in seconds."""
    path = tmp_path / "march.csv"
    path.write_text("".join(DEMO.read_text().splitlines(keepends=True)[:701]))
    return path


def log_in(visitor: Any) -> None:
    visitor.go("/provider/")
    visitor.look("provider log in")
    visitor.fill(login="petra", password=make.PASSWORD)
    visitor.press("Log in")
    assert visitor.reads("Overview")
    visitor.look("overview, empty")


def train(visitor: Any, file: Path) -> None:
    visitor.follow("Training")
    visitor.look("training, empty")
    visitor.page.locator("main input[type=file]").set_input_files(str(file))
    visitor.press("Upload and look at it")
    visitor.look("data set")
    visitor.press("Start the training")
    visitor.look("job")
    visitor.page.reload()
    visitor.page.get_by_role("link", name="Read its report").wait_for(timeout=120_000)
    visitor.look("job, done")
    visitor.follow("Read its report")
    visitor.look("report")
    visitor.follow("Promote …")
    visitor.look("promote")
    visitor.page.locator("main form button").first.click()
    visitor.page.wait_for_load_state()


def read_figures(visitor: Any) -> None:
    for path, title in (
        ("/provider/", "overview"),
        ("/provider/accuracy/", "accuracy"),
        ("/provider/accuracy/line/", "accuracy, line"),
        ("/provider/accuracy/pie/", "accuracy, pie"),
        ("/provider/models/", "models"),
        ("/provider/ratio/", "ratio"),
        ("/provider/ratio/line/", "ratio, line"),
        ("/provider/ratio/pie/", "ratio, pie"),
        ("/provider/ratio/spline/", "ratio, spline"),
        ("/provider/trending/", "trending"),
    ):
        visitor.go(path)
        visitor.page.wait_for_load_state("networkidle")
        visitor.look(title)
        if visitor.page.locator("main canvas").count():
            assert visitor.page.locator("main canvas").first.evaluate(
                "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
            ), f"{title}: the chart is blank"


def filter_and_download(visitor: Any, folder: Path) -> None:
    visitor.go("/provider/predictions/?result=1")
    visitor.look("predictions, filtered")
    shown = visitor.page.locator("main table").first.inner_text()
    assert "Low" not in shown
    found = {}
    for name, suffix in (("XLS", "xls"), ("XLSX", "xlsx"), ("CSV", "csv")):
        with visitor.page.expect_download() as waiting:
            visitor.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
        found[suffix] = folder / f"predictions.{suffix}"
        waiting.value.save_as(found[suffix])
    sheet = openpyxl.load_workbook(found["xlsx"]).worksheets[0]
    assert sheet.max_row == 1 + 12
    assert xlrd.open_workbook(found["xls"]).sheet_by_index(0).nrows == 1 + 12
    with found["csv"].open(newline="", encoding="utf-8-sig") as handle:
        assert len(list(csv.reader(handle))) == 1 + 12


def look_around(visitor: Any, anna: Any, version: Any) -> None:
    for path, title in (
        ("/provider/shoppers/", "shoppers"),
        (f"/provider/shoppers/{anna.shopper.key}/", "shopper"),
        (f"/provider/shoppers/{anna.shopper.key}/block/", "block"),
        (f"/provider/shoppers/{anna.shopper.key}/correct/", "correct"),
        (f"/provider/predictions/{version}/", "prediction"),
        ("/provider/imports/", "imports"),
        ("/provider/staff/", "staff"),
        ("/provider/staff/invite/", "invite"),
        ("/provider/keys/", "keys"),
        ("/provider/keys/add/", "add a key"),
        ("/provider/settings/", "settings"),
        ("/provider/audit/", "audit"),
        ("/api/docs", "API document"),
        ("/demo/mail/", "demo mail"),
    ):
        visitor.go(path)
        visitor.page.wait_for_load_state("networkidle")
        visitor.look(title)


def test_log_in_train_watch_see_charts_filter_predictions_download(
    visitor: Any, worker: Any, small_file: Path, tmp_path: Path, petra: Any, anna: Any
) -> None:
    log_in(visitor)
    train(visitor, small_file)
    version = ModelVersion.objects.get(live_kind="revenue")
    made = [
        make.prediction(
            version,
            result=n % 2,
            shopper=anna.shopper,
            tid=f"T{n}",
            category=c,
            actual=n % 3 == 0,
            actual_at=make.NOON,
        )
        for n in range(24)
        for c in [("Clothing", "Shoes", "Books")[n % 3]]
    ]
    read_figures(visitor)
    filter_and_download(visitor, tmp_path)
    look_around(visitor, anna, made[0].pk)
