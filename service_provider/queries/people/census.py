"""Whether anybody has an account here yet."""

from service_provider.models import User


def is_uninhabited() -> bool:
    return not User.objects.exists()
