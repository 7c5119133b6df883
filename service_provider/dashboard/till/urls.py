"""The till's pages, for a phone that was paired."""

from django.urls import path

from service_provider.dashboard.views import till

app_name = "till"
urlpatterns = [
    path("", till.sale, name="sale"),
    path("redeem/", till.redeem, name="redeem"),
    path("redemptions/<int:redemption_id>/", till.redemption, name="redemption"),
    path("redemptions/<int:redemption_id>/take-back/", till.take_back, name="take-back"),
    path("pair/<str:token>/", till.pair, name="pair"),
]
