"""Artefacts on disk, below MALL_VAR/models: whole or not at all, read back only if the checksum fits. And those that
came with the application, with the checksums of their card."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from engine.artefacts import ArtefactCorrupt

_CARDED = re.compile(r"^\| (\w+\.model) \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)


def path_of(name: str) -> Path:
    if not name or Path(name).name != name:
        raise ValueError(f"{name!r} is not a plain file name")
    return Path(settings.VAR_DIR) / "models" / name


def save(name: str, artefact: bytes) -> str:
    """Writes the artefact and returns its SHA-256. A reader sees all of the new file or none of it."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(dir=path.parent, prefix=".half-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(artefact)
            file.flush()
            os.fsync(file.fileno())
        Path(half).replace(path)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)
    return hashlib.sha256(artefact).hexdigest()


def _flush_folder(folder: Path) -> None:
    """The new name itself must reach the disk before a row may point at it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(name: str, *, sha256: str) -> bytes:
    """The artefact as it was saved. ArtefactCorrupt where its file is missing or is another one."""
    try:
        artefact = path_of(name).read_bytes()
    except OSError as error:
        raise ArtefactCorrupt(f"The model's file {name} cannot be read ({error.strerror}).") from error
    if hashlib.sha256(artefact).hexdigest() != sha256:
        raise ArtefactCorrupt(
            f"The model's file {name} has been changed or damaged: its checksum does not fit."
        )
    return artefact


def shipped_names() -> tuple[str, ...]:
    """The files that the card of datasets/nets names; none where there is no card."""
    return tuple(_carded())


def read_shipped(name: str) -> bytes:
    """A file that came with the application. ArtefactCorrupt, by name, where it is missing or not the one that its
    card tells of."""
    try:
        artefact = (_shipped_folder() / name).read_bytes()
    except OSError as error:
        raise ArtefactCorrupt(f"The net {name} cannot be read ({error.strerror}).") from error
    if hashlib.sha256(artefact).hexdigest() != _carded().get(name):
        raise ArtefactCorrupt(
            f"The net {name} is not the one that its card tells of: its checksum does not fit."
        )
    return artefact


def _shipped_folder() -> Path:
    return Path(settings.BASE_DIR) / "datasets" / "nets"


def _carded() -> dict[str, str]:
    """Checksums by the names of files."""
    try:
        return dict(_CARDED.findall((_shipped_folder() / "CARD.md").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
