"""Artefacts are whole or not there, and never read back otherwise than they were written."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.artefacts import ArtefactCorrupt
from service_provider.adapters import model_store


@pytest.fixture(autouse=True)
def var(settings, tmp_path):  # type: ignore[no-untyped-def]
    settings.VAR_DIR = tmp_path


def test_what_was_saved_is_read() -> None:
    sha256 = model_store.save("a.model", b"weights")
    assert sha256 == hashlib.sha256(b"weights").hexdigest()
    assert model_store.read("a.model", sha256=sha256) == b"weights"


def test_a_changed_file_is_refused() -> None:
    sha256 = model_store.save("a.model", b"weights")
    model_store.path_of("a.model").write_bytes(b"weighty")
    with pytest.raises(ArtefactCorrupt, match="checksum"):
        model_store.read("a.model", sha256=sha256)


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(ArtefactCorrupt, match="cannot be read"):
        model_store.read("a.model", sha256="0" * 64)


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_half(monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = model_store.save("a.model", b"old")

    def full(handle: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(model_store.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        model_store.save("a.model", b"new")
    assert model_store.read("a.model", sha256=sha256) == b"old"
    assert [path.name for path in model_store.path_of("a.model").parent.iterdir()] == ["a.model"]


@pytest.mark.parametrize("name", ["../a.model", "/etc/passwd", "x/y", ""])
def test_a_name_stays_in_its_folder(name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        model_store.path_of(name)


@pytest.fixture
def nets(settings: Any, tmp_path: Path) -> Path:
    """A copy of the nets that ship, in their place."""
    folder = tmp_path / "datasets" / "nets"
    shutil.copytree(Path(settings.BASE_DIR) / "datasets" / "nets", folder)
    settings.BASE_DIR = tmp_path
    return folder


def test_the_nets_of_the_card_are_read(nets: Path) -> None:
    assert model_store.shipped_names() == ("b4.model", "b5.model", "b7.model")
    for name in model_store.shipped_names():
        assert model_store.read_shipped(name) == (nets / name).read_bytes()


def test_a_net_whose_checksum_is_another_is_refused_by_name(nets: Path) -> None:
    content = bytearray((nets / "b4.model").read_bytes())
    content[-1] ^= 1
    (nets / "b4.model").write_bytes(content)
    with pytest.raises(ArtefactCorrupt, match="b4.model is not the one that its card tells of"):
        model_store.read_shipped("b4.model")


def test_a_net_that_is_gone_or_that_no_card_names_is_refused_by_name(nets: Path) -> None:
    (nets / "b5.model").unlink()
    (nets / "b9.model").write_bytes(b"a net of nobody's")
    for name in ("b5.model", "b9.model"):
        with pytest.raises(ArtefactCorrupt, match=name):
            model_store.read_shipped(name)


def test_without_a_card_there_are_no_nets(nets: Path) -> None:
    (nets / "CARD.md").unlink()
    assert model_store.shipped_names() == ()
