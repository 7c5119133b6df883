"""Makes the demo transactions, and more of their kind."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.simulate import transactions
from service_provider.adapters.transaction_writer import write_transactions

MOST_ROWS = 5_000_000


class Command(BaseCommand):
    help = (
        "Writes made-up transactions whose label follows a known rule (datasets/demo_transactions/CARD.md)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=6000)
        parser.add_argument(
            "--seed", type=int, default=2026, help="the same seed and rows give the same bytes"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *, rows: int, seed: int, out: Path, **options: Any) -> None:
        if not 1 <= rows <= MOST_ROWS or seed < 0:
            raise CommandError(f"--rows is 1 to {MOST_ROWS:,} and --seed 0 or more.", returncode=2)
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}. Make it first.", returncode=2)
        made = transactions.generate(rows, seed=seed)
        try:
            write_transactions(made, out)
        except OSError as fault:
            raise CommandError(f"{out} cannot be written: {fault.strerror}.", returncode=1) from fault
        self._tell(out, made, seed, as_json=options["json"])

    def _tell(self, out: Path, made: list[Any], seed: int, *, as_json: bool) -> None:
        facts = {
            "file": str(out),
            "rows": len(made),
            "seed": seed,
            "high_rate": sum(row.label for row in made) / len(made),
            "best_reachable_accuracy": transactions.best_reachable_accuracy(made),
            "rule_accuracy": transactions.rule_accuracy(made),
        }
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{out}: {facts['rows']:,} rows, {facts['high_rate']:.1%} of them High; "
            f"the best reachable accuracy is {facts['best_reachable_accuracy']:.1%}."
        )
