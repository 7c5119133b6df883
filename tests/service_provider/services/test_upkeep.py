"""The write-ahead log of SQLite is written back by the worker."""

from pathlib import Path

import make
import pytest
from django.db import connection

from service_provider.services import upkeep


@pytest.mark.django_db(transaction=True)
def test_what_was_written_lands_in_the_file_itself() -> None:
    if connection.vendor != "sqlite":
        upkeep.write_back()  # nothing to do, and nothing fails
        return
    file = Path(connection.settings_dict["NAME"])
    make.user("anna-of-the-log")
    assert b"anna-of-the-log" not in file.read_bytes(), "still in the log"
    upkeep.write_back()
    assert b"anna-of-the-log" in file.read_bytes()
