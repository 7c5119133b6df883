"""What all trainings on a terminal share: seed, promotion, and how a version is told of."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError
from django.utils import timezone

from service_provider.queries.access import COMMAND
from service_provider.queries.learning import ModelVersionRow
from service_provider.services import learning
from service_provider.services.learning import CannotPromote


class Out(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> Any: ...


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="the same seed and data give the same model")
    parser.add_argument("--promote", action="store_true", help="let the new version answer at once")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")


def check(file: Path | None, seed: int) -> None:
    """CommandError, exit code 2, for a file that is not there and a seed that is none."""
    if file is not None and not file.is_file():
        raise CommandError(f"There is no file {file}.", returncode=2)
    if seed < 0:
        raise CommandError("The seed is a whole number from 0.", returncode=2)


def promote(version_id: int, options: Mapping[str, Any]) -> None:
    """Puts the version to use where --promote asks for it."""
    if not options["promote"]:
        return
    try:
        learning.promote(version_id, by=COMMAND, now=timezone.now())
    except CannotPromote as refusal:
        raise CommandError(str(refusal), returncode=1) from refusal


def told(version: ModelVersionRow) -> str:
    return "It is in use." if version.is_live else "It is not in use; promote it when you trust it."


def facts(version: ModelVersionRow) -> dict[str, Any]:
    return {
        "version": version.number,
        "live": version.is_live,
        "sha256": version.sha256,
        "data_fingerprint": version.data_fingerprint,
    }
