"""The shopper's pages; account pages of allauth stand under /account/."""

from django.urls import path

from remote_user.views import accounts, browse, predict, shop

app_name = "shop"
urlpatterns = [
    path("", shop.home, name="home"),
    path("shop/c/<str:category_slug>/", browse.category, name="category"),
    path("shop/m/<str:mall_slug>/", browse.mall, name="mall"),
    path("shop/p/<path:product_id>/", shop.product, name="product"),
    path("shop/search/", browse.search, name="search"),
    # account
    path("profile/", accounts.profile, name="profile"),
    path("profile/edit/", accounts.profile_edit, name="profile-edit"),
    path("profile/preferences/", accounts.preferences, name="preferences"),
    path("profile/consent/", accounts.consent, name="consent"),
    path("profile/my-data/", accounts.my_data, name="my-data"),
    path("profile/delete/", accounts.account_delete, name="account-delete"),
    # prediction
    path("predict/", predict.predict, name="predict"),
    path("predictions/", predict.prediction_list, name="predictions"),
    path("predictions/<int:prediction_id>/", predict.prediction, name="prediction"),
]
