"""No learner in a web process: a fresh one imports the site, resolves every URL and names what it carries."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import sys
import shopping_mall.wsgi
sys.path.insert(0, "tests")
import walk
names = [door.name for door in walk.doors()]
assert len(names) > 60, names
import service_provider.api.urls
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
HEAVY = {"sklearn", "torch", "lightgbm", "pandas", "pyspark", "skl2onnx", "scipy", "pyarrow"}


def test_a_web_process_carries_no_learner() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "django" in loaded
    assert loaded & HEAVY == set()
