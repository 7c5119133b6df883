"""Reads what the cards beside the built-in data sets state in machine-readable lines (`- name: value`)."""

import re

from service_provider.adapters import data_files

_LINE = re.compile(r"^- (sha256|best_reachable_accuracy): (\S+)$", re.MULTILINE)


def find_best_reachable(sha256: str) -> float | None:
    """The best reachable accuracy of the built-in file with this checksum, None for any other file."""
    for card in sorted(data_files.built_in_folder().glob("*/CARD.md")):
        stated = dict(_LINE.findall(card.read_text(encoding="utf-8")))
        if stated.get("sha256") == sha256 and "best_reachable_accuracy" in stated:
            return float(stated["best_reachable_accuracy"])
    return None
