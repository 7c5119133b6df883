import json
import re

from django.template import Context, Template

from service_provider.dashboard.charts import PERCENT, Chart, Series


def drawn(**fields: object) -> str:
    given = {
        "kind": "line", "title": "Share", "labels": ("</script>", "b"), "unit": PERCENT,
        "as_of": "20 May 2026, 14:00 CEST",
        "series": (Series("Share & more", (0.25, None)),), "note": "Said plainly.",
    }  # fmt: skip
    chart = Chart(**given | fields)  # type: ignore[arg-type]
    return Template("{% load charts %}{% chart chart %}").render(Context({"chart": chart}))


def test_a_chart_is_a_figure_with_its_moment_its_data_and_its_table() -> None:
    html = drawn()
    assert "as of 20 May 2026, 14:00 CEST" in html
    assert 'role="img"' in html
    assert 'data-chart="chart-share"' in html
    assert "<details>" in html
    assert '<th scope="row">b</th>' in html
    assert "Said plainly." in html


def test_data_goes_by_json_and_nothing_runs_inline() -> None:
    html = drawn()
    (script,) = re.findall(
        r'<script id="chart-share" type="application/json">(.*?)</script>', html, re.DOTALL
    )
    assert json.loads(script)["labels"] == ["</script>", "b"]
    assert "style=" not in html
    assert " onclick" not in html


def test_the_download_stands_beside_it_where_there_is_one() -> None:
    assert "Download" not in drawn()
    assert "/provider/downloads/accuracies/csv/" in drawn(download="accuracies")
