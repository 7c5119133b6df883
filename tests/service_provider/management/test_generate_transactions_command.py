"""The demo file can be made again, byte for byte, and is read as it was made."""

import json
import os
import subprocess
import sys
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


def test_another_processor_and_hash_seed_write_the_same_bytes(tmp_path):
    out = tmp_path / "again.csv"
    other = {
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_ICL AVX2 FMA3 X86_V3 X86_V4",
        "PYTHONHASHSEED": "4711",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    command = [
        sys.executable,
        "-m",
        "django",
        "generate_transactions",
        "--rows",
        "300",
        "--seed",
        "9",
        "--out",
        out,
    ]
    subprocess.run(command, cwd=settings.BASE_DIR, env=os.environ | other, check=True, capture_output=True)
    here = tmp_path / "here.csv"
    call_command("generate_transactions", rows=300, seed=9, out=here, stdout=StringIO())
    assert out.read_bytes() == here.read_bytes()


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
