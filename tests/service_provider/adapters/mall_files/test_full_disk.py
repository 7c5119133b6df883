"""A writer that meets no space says so, and nothing is left of what it began."""

import errno
import subprocess
import sys
from pathlib import Path

import fake_mall
import pytest

from service_provider.adapters.mall_files import staging, writer
from service_provider.adapters.mall_files.tables import Table

ROOT = Path(__file__).resolve().parents[4]
LIMITED = """
import resource, sys
from pathlib import Path
sys.path[:0] = ["tests"]
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
import fake_mall
from service_provider.adapters.mall_files import staging, writer
try:
    with staging.staged(Path(sys.argv[1])) as folder:
        for step in writer.write_mall(fake_mall.source(days=20), folder):
            pass
except OSError as fault:
    print(fault.errno)
"""


def write_with_no_space_for(name: str, target: Path) -> None:
    with staging.staged(target) as folder:
        folder.joinpath(name).parent.mkdir(exist_ok=True)
        folder.joinpath(name).symlink_to("/dev/full")
        for _ in writer.write_mall(fake_mall.source(), folder):
            pass


@pytest.mark.parametrize(
    "name", ["events.csv", "transactions.csv", "catalogue.csv", "truth/shoppers.csv", "manifest.json"]
)
def test_a_full_disk_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError) as caught:
        write_with_no_space_for(name, tmp_path / "out")

    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_a_limit_on_the_size_of_files_is_an_error_and_no_death(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", LIMITED, str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout.strip()) == (0, str(errno.EFBIG)), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_was_interrupted_tells_the_interruption(tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to("/dev/full")
    with pytest.raises(KeyboardInterrupt), Table(tmp_path / "t.csv", ("a",)):
        raise KeyboardInterrupt
