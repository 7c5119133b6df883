"""A folder appears whole or not at all, and what lay there before is never lost by chance."""

import json
from pathlib import Path

import pytest

from service_provider.adapters.mall_files import staging


def fill(folder: Path, text: str) -> None:
    (folder / "events.csv").write_text(text)
    (folder / "manifest.json").write_text(json.dumps({"files": {"events.csv": {}}, "notes": []}))


def write(
    target: Path, text: str = "new", *, force: bool = False, fault: BaseException | None = None
) -> None:
    with staging.staged(target, force=force) as folder:
        fill(folder, text)
        if fault:
            raise fault


def test_a_new_folder_appears_at_the_end(tmp_path: Path) -> None:
    with staging.staged(tmp_path / "out") as folder:
        fill(folder, "new")
        assert not (tmp_path / "out").exists()

    assert (tmp_path / "out" / "events.csv").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_gives_way(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out")

    assert (tmp_path / "out" / "events.csv").read_text() == "new"


@pytest.mark.parametrize("fault", [OSError("no space"), KeyboardInterrupt(), ZeroDivisionError()])
@pytest.mark.parametrize("force", [False, True])
def test_a_failure_leaves_everything_as_it_was(tmp_path: Path, fault: BaseException, force: bool) -> None:
    if force:
        write(tmp_path / "out", "old")
    with pytest.raises(type(fault)):
        write(tmp_path / "out", force=force, fault=fault)

    assert [path.name for path in tmp_path.iterdir()] == ["out"] * force
    assert not force or (tmp_path / "out" / "events.csv").read_text() == "old"


def test_an_earlier_run_is_replaced_only_by_force(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    with pytest.raises(staging.Refused, match="holds an earlier run"):
        write(tmp_path / "out")
    assert (tmp_path / "out" / "events.csv").read_text() == "old"

    write(tmp_path / "out", force=True)

    assert (tmp_path / "out" / "events.csv").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_when_the_last_step_fails_the_earlier_run_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out", "old")
    rename = Path.rename

    def fail_for_the_new_one(self: Path, target: Path) -> Path:
        if self.name.startswith(".") and (self / "events.csv").read_text() == "new":
            raise OSError("gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)
    with pytest.raises(OSError, match="gone"):
        write(tmp_path / "out", force=True)

    assert (tmp_path / "out" / "events.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("manifest", [None, "", "[]", '{"files": {}}'])
def test_a_folder_of_other_things_is_refused_even_with_force(tmp_path: Path, manifest: str | None) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(staging.Refused, match="no earlier run made"):
        write(tmp_path, force=True)

    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_strangers_file_in_an_earlier_run_is_not_swept_away(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(staging.Refused, match=r"notes\.txt"):
        write(tmp_path / "out", force=True)

    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_a_file_a_missing_parent_and_a_place_without_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refusals = {"file": "is a file", "file/out": "There is no folder", "missing/out": "There is no folder"}
    for place, words in refusals.items():
        with pytest.raises(staging.Refused, match=words):
            write(tmp_path / place)
    with pytest.raises(staging.Refused, match="cannot be made"):
        write(Path("/proc/out"))
