"""What is wrong with a file, said so that a person can find the place and cure it."""

from dataclasses import dataclass, field

KEPT = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place. `row` counts as a spreadsheet does (header: row 1); None means the whole file."""

    file: str
    row: int | None
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: found {self.found}, expected {self.expected}."


class BadFile(Exception):
    """The file cannot be used; the first faults, and how many more there are."""

    def __init__(self, faults: tuple[Fault, ...], more: int = 0) -> None:
        super().__init__(faults, more)
        self.faults = faults
        self.more = more

    @classmethod
    def because(
        cls, file: str, found: str, expected: str, *, row: int | None = None, column: str = ""
    ) -> "BadFile":
        """One single fault."""
        return cls((Fault(file, row, column, found, expected),))

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults]
        if self.more:
            lines.append(f"And {self.more:,} more.")
        return "\n".join(lines)


@dataclass(slots=True)
class FaultList:
    """Keeps the first faults and counts the rest."""

    kept: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, fault: Fault) -> None:
        if len(self.kept) < KEPT:
            self.kept.append(fault)
        else:
            self.more += 1

    def stop_if_any(self) -> None:
        """Raises BadFile where a fault was added."""
        if self.kept:
            raise BadFile(tuple(self.kept), self.more)


def shown(value: object) -> str:
    """A cell's content as a message quotes it."""
    if value is None or value == "":
        return "nothing"
    text = str(value)
    return f"'{text[:57]}...'" if len(text) > 60 else f"'{text}'"
