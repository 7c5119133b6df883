"""Packing is the same for the same parts; anything changed is noticed."""

import zipfile
from io import BytesIO

import pytest

from engine import artefacts
from engine.artefacts import ArtefactCorrupt

PARTS = {"b.json": b"{}", "a.onnx": b"\x00\x01" * 50}


def test_what_is_packed_comes_back():
    assert artefacts.unpack(artefacts.pack(PARTS)) == PARTS


def test_equal_parts_give_equal_bytes():
    assert artefacts.pack(PARTS) == artefacts.pack(dict(reversed(PARTS.items())))


@pytest.mark.parametrize("damage", [b"", b"not a zip", artefacts.pack(PARTS)[:-40]])
def test_what_is_no_artefact_is_corrupt(damage):
    with pytest.raises(ArtefactCorrupt):
        artefacts.unpack(damage)


def test_every_flipped_byte_is_noticed_or_harmless():
    packed = artefacts.pack(PARTS)
    noticed = 0
    for place in range(len(packed)):
        damaged = packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :]
        try:
            assert artefacts.unpack(damaged) == PARTS  # a time stamp or a flag, not content
        except ArtefactCorrupt:
            noticed += 1
    assert noticed > len(packed) / 2


def rewritten(change):
    with zipfile.ZipFile(BytesIO(artefacts.pack(PARTS))) as bundle:
        content = {name: bundle.read(name) for name in bundle.namelist()}
    change(content)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for name, part in content.items():
            bundle.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda c: c.update({"a.onnx": b"other"}), "a.onnx"),
        (lambda c: c.pop("b.json"), "b.json"),
        (lambda c: c.update({"c.txt": b"more"}), "c.txt"),
        (lambda c: c.pop("manifest.json"), "list of its parts"),
        (lambda c: c.update({"manifest.json": b"["}), "cannot be read"),
        (lambda c: c.update({"manifest.json": b"[]"}), "cannot be read"),
    ],
)
def test_a_rewritten_bundle_is_refused_and_the_part_named(change, named):
    with pytest.raises(ArtefactCorrupt, match=named):
        artefacts.unpack(rewritten(change))
