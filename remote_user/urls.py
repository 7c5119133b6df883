"""The shopper's pages; account pages of allauth stand under /account/."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from remote_user.views import shop


def _later(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


app_name = "shop"
urlpatterns = [
    path("", shop.home, name="home"),
    # account
    path("profile/", _later, name="profile"),
    path("profile/edit/", _later, name="profile-edit"),
    path("profile/preferences/", _later, name="preferences"),
    path("profile/consent/", _later, name="consent"),
    path("profile/my-data/", _later, name="my-data"),
    path("profile/delete/", _later, name="account-delete"),
    # prediction
    path("predict/", _later, name="predict"),
    path("predictions/", _later, name="predictions"),
    path("predictions/<int:prediction_id>/", _later, name="prediction"),
]
