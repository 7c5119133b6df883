"""Whether a shopper's visits may be looked at."""

from service_provider.models.people import Consent


def is_watched(user_id: int) -> bool:
    """The newest answer to the question about analytics; what was never answered is a no. One query."""
    answers = Consent.objects.filter(user_id=user_id, purpose=Consent.Purpose.ANALYTICS)
    return bool(answers.order_by("-at", "-pk").values_list("granted", flat=True).first())
