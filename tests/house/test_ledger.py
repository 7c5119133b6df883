"""The schema: migrations in step with the models, and nothing that one of the two databases cannot hold."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

OURS = list(apps.get_app_config("service_provider").get_models())


@pytest.mark.django_db
def test_migrations_are_in_step() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)

    assert "No changes detected" in out.getvalue()


def test_no_unique_constraint_has_a_condition() -> None:
    """MariaDB would not make it and only warn."""
    unique = [c for model in OURS for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]

    assert unique, "the schema guards what is scarce"
    assert [c.name for c in unique if c.condition is not None] == []


def test_unique_texts_fit_an_index() -> None:
    too_long = [
        str(field)
        for model in OURS
        for field in model._meta.fields
        if isinstance(field, models.CharField)
        and (field.unique or field.db_index)
        and (field.max_length or 0) > 255
    ]

    assert too_long == []


def test_the_front_door_has_no_tables() -> None:
    assert list(apps.get_app_config("remote_user").get_models()) == []
