"""Several parts in one file and back: a zip, the same for the same parts, with a checksum for each."""

import json
import zlib
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNREADABLE = (BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)


class ArtefactCorrupt(Exception):
    """The file is not what was stored: not an artefact, a part missing, or a part changed."""


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The parts as one file; equal parts give equal bytes."""
    manifest = {name: sha256(content).hexdigest() for name, content in sorted(parts.items())}
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=6) as bundle:
        for name, content in [(MANIFEST, json.dumps(manifest).encode()), *sorted(parts.items())]:
            entry = ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            bundle.writestr(entry, content)
    return out.getvalue()


def unpack(artefact: bytes) -> dict[str, bytes]:
    """The parts of a packed file. ArtefactCorrupt when anything differs from what was packed."""
    try:
        with ZipFile(BytesIO(artefact)) as bundle:
            parts = {name: bundle.read(name) for name in bundle.namelist()}
    except _UNREADABLE as fault:
        raise ArtefactCorrupt("The model file cannot be read: it is damaged or not a model file.") from fault
    manifest = _manifest(parts.pop(MANIFEST, None))
    found = {name: sha256(content).hexdigest() for name, content in parts.items()}
    wrong = sorted(name for name in manifest.keys() | found.keys() if manifest.get(name) != found.get(name))
    if wrong:
        raise ArtefactCorrupt(f"The model file is damaged: {', '.join(wrong)} differs from what was stored.")
    return parts


def _manifest(content: bytes | None) -> dict[str, str]:
    if content is None:
        raise ArtefactCorrupt("The model file has no list of its parts.")
    try:
        manifest = json.loads(content)
    except ValueError as fault:
        raise ArtefactCorrupt("The list of the model file's parts cannot be read.") from fault
    if not isinstance(manifest, dict):
        raise ArtefactCorrupt("The list of the model file's parts cannot be read.")
    return manifest
