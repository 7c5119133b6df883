"""A folder that appears whole or not at all."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MANIFEST = "manifest.json"


class Refused(Exception):
    """The folder cannot be written here; the text is for people."""


@contextmanager
def staged(target: Path, *, force: bool = False) -> Iterator[Path]:
    """A new folder beside `target` that takes its name when the block ends well; else nothing is left of it.

    Refused: where `target` is in the way (see `check`), or where no folder can be made beside it.
    """
    target = target.resolve()
    check(target, force=force)
    folder = _beside(target)
    try:
        folder.mkdir()
    except OSError as fault:
        raise Refused(f"{target} cannot be made: {fault.strerror}.") from fault
    try:
        yield folder
        _take_place(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(target: Path, *, force: bool = False) -> None:
    """Refused, unless `target` is missing, an empty folder or, with `force`, an earlier run and nothing else."""
    try:
        _check(target, force=force)
    except OSError as fault:
        raise Refused(f"{target} cannot be looked at: {fault.strerror}.") from fault


def _check(target: Path, *, force: bool) -> None:
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}. Make it first.")
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise Refused(f"{target} is a file. Name a folder.")
    if any(target.iterdir()):
        _check_earlier_run(target, force=force)


def _check_earlier_run(target: Path, *, force: bool) -> None:
    made = _files_of_run(target)
    if made is None:
        raise Refused(f"{target} holds files that no earlier run made. Name another folder.")
    if not force:
        raise Refused(f"{target} holds an earlier run. Name another folder, or replace it with --force.")
    present = {str(path.relative_to(target)) for path in target.rglob("*") if not path.is_dir()}
    if strange := sorted(present - made):
        raise Refused(f"{target} holds {strange[0]}, which no earlier run made. Move it away first.")


def _files_of_run(folder: Path) -> set[str] | None:
    """What the manifest in the folder names, itself included; None where there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *manifest["files"], *manifest["notes"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _take_place(folder: Path, target: Path) -> None:
    if not target.exists() or not any(target.iterdir()):
        folder.replace(target)  # an empty folder gives way
        return
    earlier = _beside(target)
    target.rename(earlier)
    try:
        folder.rename(target)
    except BaseException:
        earlier.rename(target)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}")
