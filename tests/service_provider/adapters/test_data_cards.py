"""What the cards of the built-in data sets state is found by checksum, and is true."""

import hashlib
from pathlib import Path

import pytest
from django.conf import settings

from engine.simulate import transactions
from service_provider.adapters import data_files, files

DEMO = Path(settings.BASE_DIR) / "datasets" / "demo_transactions" / "demo_transactions.csv"


def test_the_demo_files_best_reachable_accuracy_is_the_rules():
    stated = data_files.find_best_reachable(hashlib.sha256(DEMO.read_bytes()).hexdigest())
    assert stated == pytest.approx(
        transactions.best_reachable_accuracy(files.read_transactions(DEMO).rows), abs=5e-5
    )


def test_another_file_has_none():
    assert data_files.find_best_reachable("0" * 64) is None
