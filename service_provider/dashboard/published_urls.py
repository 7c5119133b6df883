"""The published system's paths, so that old bookmarks live: each redirects for good to ours."""

from typing import Any

from django.urls import re_path
from django.urls.resolvers import URLPattern
from django.views.generic import RedirectView


def _moved(path: str, name: str, **given: Any) -> URLPattern:
    """`path` with or without its last slash; what it captures, or else `given`, goes on as arguments."""
    return re_path(rf"^{path}/?$", RedirectView.as_view(pattern_name=name, permanent=True), given)


urlpatterns = [
    _moved("Register1", "account_signup"),
    _moved("Predict_Revenue_Type", "shop:predict"),
    _moved("ViewYourProfile", "shop:profile"),
    _moved("serviceproviderlogin", "provider:login"),
    _moved("View_Remote_Users", "provider:shoppers"),
    _moved("train_model", "provider:training"),
    _moved(r"likeschart/(?P<chart>\w+)", "provider:accuracy-chart"),
    _moved(r"charts1/(?P<chart>\w+)", "provider:accuracy-chart"),
    _moved("View_Prediction_Of_Revenue_Type", "provider:predictions"),
    _moved("View_Prediction_Of_Revenue_Type_Ratio", "provider:ratio"),
    _moved(r"charts/(?P<chart>\w+)", "provider:ratio-chart"),
    _moved("Download_Trained_DataSets", "provider:download", what="predictions", file_format="xls"),
]
