"""Files that people bring (uploads) and take away (exports), under random names below MALL_VAR."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

MAX_BYTES = 50 * 1024 * 1024
UPLOADS, EXPORTS = "uploads", "exports"
_NAME = re.compile(r"[0-9a-f]{32}\.[a-z]{1,8}")


class FileTooLarge(Exception):
    """More bytes than the limit; the text is for people."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than {limit // (1024 * 1024)} MB. Split it into several files.")


def _folder(room: str) -> Path:
    folder = Path(settings.VAR_DIR) / room
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def path_of(room: str, stored_name: str) -> Path:
    """Where a stored file lies. ValueError for a name this module did not make."""
    if not _NAME.fullmatch(stored_name):
        raise ValueError(f"not a stored name: {stored_name!r}")
    return _folder(room) / stored_name


def new_name(suffix: str) -> str:
    """A random name that nobody can guess; `suffix` with or without its dot."""
    return f"{secrets.token_hex(16)}.{suffix.lstrip('.').lower()}"


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file that gets its name only when all of it is written; otherwise nothing is left of it.

    What is there already and is no file, such as a terminal or a pipe, is written to as it is and never replaced.
    """
    if target.exists() and not target.is_file():
        with target.open("wb") as out:
            yield out
        return
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def save_upload(chunks: Iterable[bytes], suffix: str, *, limit: int = MAX_BYTES) -> tuple[str, str, int]:
    """Stores the bytes and returns (stored name, sha256, size). FileTooLarge leaves nothing behind."""
    stored_name = new_name(suffix)
    digest, size = hashlib.sha256(), 0
    with whole_file(path_of(UPLOADS, stored_name)) as out:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise FileTooLarge(limit)
            digest.update(chunk)
            out.write(chunk)
    return stored_name, digest.hexdigest(), size


def upload_path(stored_name: str) -> Path:
    return path_of(UPLOADS, stored_name)


def delete_upload(stored_name: str) -> None:
    path_of(UPLOADS, stored_name).unlink(missing_ok=True)


@contextmanager
def writing_export(stored_name: str) -> Iterator[BinaryIO]:
    with whole_file(path_of(EXPORTS, stored_name)) as out:
        yield out


def open_export(stored_name: str) -> BinaryIO | None:
    """The export's bytes, or None once it has been cleared away."""
    try:
        return path_of(EXPORTS, stored_name).open("rb")
    except FileNotFoundError:
        return None


def clear_exports(*, older_than: timedelta, now: datetime) -> int:
    """Removes old export files, half-written ones too, and says how many."""
    removed = 0
    for path in _folder(EXPORTS).iterdir():
        if path.is_file() and now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > older_than:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
