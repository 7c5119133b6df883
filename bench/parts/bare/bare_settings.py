"""The shipped settings with the one door more of `bare_site`."""

from shopping_mall.settings import *  # noqa: F403

ROOT_URLCONF = "bare_site"
