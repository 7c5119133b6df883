"""The dashboard's pages. One name walks through every floor: view, URL, template, service, test."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def _later(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


app_name = "provider"
urlpatterns = [
    # people's office
    path("login/", _later, name="login"),
    path("logout/", _later, name="logout"),
    path("shoppers/", _later, name="shoppers"),
    path("shoppers/<str:key>/", _later, name="shopper"),
    path("shoppers/<str:key>/block/", _later, name="shopper-block"),
    path("shoppers/<str:key>/unblock/", _later, name="shopper-unblock"),
    path("shoppers/<str:key>/correct/", _later, name="shopper-correct"),
    path("staff/", _later, name="staff"),
    path("staff/invite/", _later, name="staff-invite"),
    path("staff/join/<str:token>/", _later, name="staff-join"),
    path("audit/", _later, name="audit"),
    # figures
    path("", _later, name="overview"),
    path("accuracy/", _later, name="accuracy"),
    path("accuracy/<str:chart>/", _later, name="accuracy-chart"),
    path("predictions/", _later, name="predictions"),
    path("predictions/<int:prediction_id>/", _later, name="prediction"),
    path("ratio/", _later, name="ratio"),
    path("ratio/<str:chart>/", _later, name="ratio-chart"),
    path("trending/", _later, name="trending"),
    path("settings/", _later, name="settings"),
    # training
    path("training/", _later, name="training"),
    path("training/upload/", _later, name="data-set-upload"),
    path("training/data-sets/<int:data_set_id>/", _later, name="data-set"),
    path("training/data-sets/<int:data_set_id>/entries/add/", _later, name="entry-add"),
    path("training/data-sets/<int:data_set_id>/start/", _later, name="training-start"),
    path("jobs/<int:job_id>/", _later, name="job"),
    path("jobs/<int:job_id>/state/", _later, name="job-state"),
    path("jobs/<int:job_id>/cancel/", _later, name="job-cancel"),
    path("models/", _later, name="models"),
    path("models/<int:version_id>/", _later, name="model"),
    path("models/<int:version_id>/promote/", _later, name="model-promote"),
    path("models/roll-back/", _later, name="model-roll-back"),
    path("models/<int:version_id>/labelled/", _later, name="model-labelled"),
    # downloads and imports
    path("downloads/<str:what>/<str:file_format>/", _later, name="download"),
    path("downloads/job/<int:job_id>/", _later, name="download-file"),
    path("imports/", _later, name="imports"),
    # keys
    path("keys/", _later, name="keys"),
    path("keys/add/", _later, name="key-add"),
    path("keys/<int:key_id>/revoke/", _later, name="key-revoke"),
]
