"""The dashboard's pages. One name walks through every floor: view, URL, template, service, test."""

from django.urls import path

from service_provider.dashboard.views import (
    accuracy,
    audit,
    catalogue,
    doors,
    downloads,
    feedback,
    imports,
    jobs,
    keys,
    live,
    models,
    overview,
    predictions,
    ratio,
    rehearsals,
    settings,
    shoppers,
    staff,
    training,
    trending,
)

app_name = "provider"
urlpatterns = [
    # people's office
    path("login/", doors.login, name="login"),
    path("logout/", doors.logout, name="logout"),
    path("shoppers/", shoppers.shopper_list, name="shoppers"),
    path("shoppers/<str:key>/", shoppers.shopper, name="shopper"),
    path("shoppers/<str:key>/block/", shoppers.shopper_block, name="shopper-block"),
    path("shoppers/<str:key>/unblock/", shoppers.shopper_unblock, name="shopper-unblock"),
    path("shoppers/<str:key>/correct/", shoppers.shopper_correct, name="shopper-correct"),
    path("staff/", staff.staff_list, name="staff"),
    path("staff/invite/", staff.staff_invite, name="staff-invite"),
    path("staff/join/<str:token>/", staff.staff_join, name="staff-join"),
    path("staff/<int:user_id>/change/", staff.staff_change, name="staff-change"),
    path("staff/invitations/<int:invitation_id>/revoke/", staff.staff_revoke, name="staff-revoke"),
    path("audit/", audit.audit, name="audit"),
    # figures
    path("", overview.overview, name="overview"),
    path("live/", live.live, name="live"),
    path("accuracy/", accuracy.accuracy, name="accuracy"),
    path("accuracy/<str:chart>/", accuracy.accuracy, name="accuracy-chart"),
    path("predictions/", predictions.predictions, name="predictions"),
    path("predictions/<int:prediction_id>/", predictions.prediction, name="prediction"),
    path("ratio/", ratio.ratio, name="ratio"),
    path("ratio/<str:chart>/", ratio.ratio_chart, name="ratio-chart"),
    path("trending/", trending.trending, name="trending"),
    path("settings/", settings.settings, name="settings"),
    # training
    path("training/", training.training, name="training"),
    path("training/upload/", training.data_set_upload, name="data-set-upload"),
    path("training/built-in/", training.data_set_built_in, name="data-set-built-in"),
    path("training/data-sets/<int:data_set_id>/", training.data_set, name="data-set"),
    path("training/data-sets/<int:data_set_id>/delete/", training.data_set_delete, name="data-set-delete"),
    path("training/data-sets/<int:data_set_id>/entries/add/", training.entry_add, name="entry-add"),
    path("training/data-sets/<int:data_set_id>/start/", training.training_start, name="training-start"),
    path("jobs/<int:job_id>/", jobs.job, name="job"),
    path("jobs/<int:job_id>/state/", jobs.job_state, name="job-state"),
    path("jobs/<int:job_id>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("models/", models.models, name="models"),
    path("models/<int:version_id>/", models.model, name="model"),
    path("models/<int:version_id>/promote/", models.model_promote, name="model-promote"),
    path("models/roll-back/", models.model_roll_back, name="model-roll-back"),
    path("models/<int:version_id>/labelled/", models.model_labelled, name="model-labelled"),
    # rehearsals
    path("rehearsals/", rehearsals.rehearsal_list, name="rehearsals"),
    path("rehearsals/add/", rehearsals.rehearsal_add, name="rehearsal-add"),
    path("rehearsals/<int:rehearsal_id>/", rehearsals.rehearsal, name="rehearsal"),
    # downloads, and doors for files
    path("downloads/job/<int:job_id>/", downloads.download_file, name="download-file"),
    path("downloads/<str:what>/<str:file_format>/", downloads.download, name="download"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/<str:door>/example/", imports.import_example, name="import-example"),
    # the catalogue
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/margin/", catalogue.category_margin, name="category-margin"),
    path("catalogue/<int:product_pk>/edit/", catalogue.product_edit, name="product-edit"),
    # feedback
    path("feedback/", feedback.feedback_list, name="feedback"),
    path("feedback/<int:feedback_id>/", feedback.feedback_entry, name="feedback-entry"),
    path("feedback/<int:feedback_id>/answer/", feedback.feedback_answer, name="feedback-answer"),
    path("feedback/<int:feedback_id>/close/", feedback.feedback_close, name="feedback-close"),
    path("feedback/<int:feedback_id>/reopen/", feedback.feedback_reopen, name="feedback-reopen"),
    # keys
    path("keys/", keys.key_list, name="keys"),
    path("keys/add/", keys.key_add, name="key-add"),
    path("keys/<int:key_id>/revoke/", keys.key_revoke, name="key-revoke"),
]
