"""Which of her coupons come off her basket, and which she left out; that is kept in the browser's session."""

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from remote_user import visitor
from remote_user.access import actor
from service_provider.queries import basket_coupons
from service_provider.queries.basket_coupons import Discounted
from service_provider.queries.baskets import Basket
from service_provider.queries.orders import milliseconds
from service_provider.queries.people import addresses

_LEFT_OUT = "coupons_left_out"
MOST = 20  # remembered; a wallet rarely has more than two


class UseForm(forms.Form):
    """Whether one coupon is to come off."""

    coupon_id = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    use = forms.ChoiceField(choices=[("yes", "Use it"), ("no", "Leave it out")])


def left_out(request: HttpRequest) -> frozenset[int]:
    return frozenset(request.session.get(_LEFT_OUT, ()))


def change(request: HttpRequest, coupon_id: int, *, use: bool) -> None:
    others = [one for one in request.session.get(_LEFT_OUT, ()) if one != coupon_id]
    request.session[_LEFT_OUT] = (others if use else [*others, coupon_id])[-MOST:]


def weigh(request: HttpRequest, basket: Basket) -> Discounted:
    """The basket as she would pay it now."""
    return basket_coupons.weigh(
        basket,
        visitor.shopper_id(request),
        is_confirmed=addresses.is_confirmed(actor(request).user_id),
        left_out=left_out(request),
        now_ms=milliseconds(timezone.now()),
    )
