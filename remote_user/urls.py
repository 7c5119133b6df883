"""The shopper's pages; account pages of allauth stand under /account/."""

from django.urls import path

from remote_user.views import (
    accounts,
    basket,
    browse,
    capture,
    feedback,
    offers,
    orders,
    predict,
    privacy,
    shop,
    wallet,
)

app_name = "shop"
urlpatterns = [
    path("", shop.home, name="home"),
    path("shop/c/<str:category_slug>/", browse.category, name="category"),
    path("shop/m/<str:mall_slug>/", browse.mall, name="mall"),
    path("shop/p/<path:product_id>/", shop.product, name="product"),
    path("shop/search/", browse.search, name="search"),
    # what browsers tell of visits
    path("capture/", capture.capture, name="capture"),
    path("capture/offer", capture.capture_offer, name="capture-offer"),
    path("capture/offer/told", offers.offer_told, name="offer-told"),
    path("shop/offers-for-robots/", capture.offers_for_robots, name="offers-for-robots"),
    path("shop/what-we-remember/", privacy.cookie_consent, name="cookie-consent"),
    path("robots.txt", capture.robots_txt, name="robots-txt"),
    # account
    path("profile/", accounts.profile, name="profile"),
    path("profile/edit/", accounts.profile_edit, name="profile-edit"),
    path("profile/preferences/", accounts.preferences, name="preferences"),
    path("profile/consent/", accounts.consent, name="consent"),
    path("profile/my-data/", accounts.my_data, name="my-data"),
    path("profile/delete/", accounts.account_delete, name="account-delete"),
    # basket and orders
    path("basket/", basket.basket, name="basket"),
    path("basket/add/", basket.basket_add, name="basket-add"),
    path("basket/change/", basket.basket_change, name="basket-change"),
    path("basket/remove/", basket.basket_remove, name="basket-remove"),
    path("basket/coupon/", basket.basket_coupon, name="basket-coupon"),
    path("checkout/", orders.checkout, name="checkout"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<slug:order_key>/", orders.order, name="order"),
    path("orders/<slug:order_key>/cancel/", orders.order_cancel, name="order-cancel"),
    # coupons
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/<int:coupon_id>/rate/", wallet.wallet_rate, name="wallet-rate"),
    path("wallet/<int:coupon_id>/dismiss/", wallet.wallet_dismiss, name="wallet-dismiss"),
    # feedback
    path("feedback/", feedback.feedback, name="feedback"),
    # prediction
    path("predict/", predict.predict, name="predict"),
    path("predictions/", predict.prediction_list, name="predictions"),
    path("predictions/<int:prediction_id>/", predict.prediction, name="prediction"),
]
