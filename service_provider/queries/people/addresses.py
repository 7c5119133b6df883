"""Whether somebody's e-mail is known to be hers."""

from allauth.account.models import EmailAddress


def is_confirmed(user_id: int | None) -> bool:
    return user_id is not None and EmailAddress.objects.filter(user_id=user_id, verified=True).exists()
