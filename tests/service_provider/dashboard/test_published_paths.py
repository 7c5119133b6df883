"""Old bookmarks of the published system live on."""

import pytest
from django.test import Client
from django.urls import resolve, reverse

PATHS = [
    ("/Register1", "account_signup", ()),
    ("/Predict_Revenue_Type", "shop:predict", ()),
    ("/ViewYourProfile", "shop:profile", ()),
    ("/serviceproviderlogin", "provider:login", ()),
    ("/View_Remote_Users", "provider:shoppers", ()),
    ("/train_model", "provider:training", ()),
    ("/likeschart/bar", "provider:accuracy-chart", ("bar",)),
    ("/likeschart/line", "provider:accuracy-chart", ("line",)),
    ("/charts1/line", "provider:accuracy-chart", ("line",)),
    ("/charts1/pie", "provider:accuracy-chart", ("pie",)),
    ("/View_Prediction_Of_Revenue_Type", "provider:predictions", ()),
    ("/View_Prediction_Of_Revenue_Type_Ratio", "provider:ratio", ()),
    ("/charts/line", "provider:ratio-chart", ("line",)),
    ("/charts/pie", "provider:ratio-chart", ("pie",)),
    ("/charts/spline", "provider:ratio-chart", ("spline",)),
    ("/Download_Trained_DataSets", "provider:download", ("predictions", "xls")),
]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("path", "name", "args"), PATHS)
def test_a_published_path_has_moved_for_good(
    path: str, slash: str, name: str, args: tuple[str, ...], db: None
) -> None:
    answer = Client().get(path + slash)
    assert answer.status_code == 301
    assert answer.headers["Location"] == reverse(name, args=args)


def test_the_published_front_page_is_the_shops_home() -> None:
    assert resolve("/").view_name == "shop:home"


@pytest.mark.parametrize("path", ["/likeschart/", "/charts/a/b", "/Register12/"])
def test_nothing_else_is_caught(path: str, db: None) -> None:
    assert Client().get(path).status_code == 404
