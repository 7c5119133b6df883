"""Where allauth meets the mall."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from remote_user import visitor
from remote_user.access import actor
from remote_user.lockout import address_of
from service_provider.queries import mall
from service_provider.services import visitors
from service_provider.services.people import registration


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """axes counts wrong passwords by account and address; allauth would lock by the account alone."""

    def login(self, request: HttpRequest, user: Any) -> None:
        """What she did before she said who she is was hers: the visitor of the cookie becomes the shopper."""
        key = visitor.cookie_key(request)
        super().login(request, user)
        shopper_id = actor(request).shopper_id
        if key is not None and shopper_id is not None:
            visitors.merge(key, shopper_id, now=timezone.now())
            visitor.forget(request)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        return registration.register(form.new_shopper(), now=timezone.now())

    def clean_username(self, username: str, shallow: bool = False) -> str:
        if "@" in username:  # it might be somebody's e-mail, which is also typed at the door
            raise ValidationError("A user name has no @.")
        return str(super().clean_username(username, shallow=shallow))

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:  # another account holds it, though it never confirmed it
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, {"email": email_address.email})
            return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or "unknown"


class TwoFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def get_totp_issuer(self) -> str:
        """The name an authenticator app shows beside the code."""
        return mall.get_settings().name
