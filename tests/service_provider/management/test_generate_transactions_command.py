"""The demo file can be made again, byte for byte, and is read as it was made."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from engine.simulate import transactions
from service_provider.adapters import files

DEMO = Path(settings.BASE_DIR) / "datasets" / "demo_transactions" / "demo_transactions.csv"


def test_the_demo_file_is_what_the_generator_writes(tmp_path):
    out = tmp_path / "again.csv"
    call_command("generate_transactions", rows=6000, seed=2026, out=out, stdout=StringIO())
    assert out.read_bytes() == DEMO.read_bytes()


def test_what_is_written_is_read_back(tmp_path):
    out, said = tmp_path / "few.csv", StringIO()
    call_command("generate_transactions", rows=40, seed=5, out=out, json=True, stdout=said)
    made = transactions.generate(40, seed=5)
    assert files.read_transactions(out).rows == made
    facts = json.loads(said.getvalue().splitlines()[-1])
    assert facts["rows"] == 40
    assert facts["best_reachable_accuracy"] == transactions.best_reachable_accuracy(made)


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"seed": -1}, {"out": Path("/nonesuch/x.csv")}])
def test_wrong_usage_is_exit_code_2(tmp_path, wrong):
    with pytest.raises(CommandError) as refused:
        call_command("generate_transactions", **{"out": tmp_path / "x.csv"} | wrong)
    assert refused.value.returncode == 2
    assert not (tmp_path / "x.csv").exists()
