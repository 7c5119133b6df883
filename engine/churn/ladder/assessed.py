"""All that one climb of the ladder found, from which the report of any of its rungs is made."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.churn import report
from engine.churn.columns import UNKNOWN
from engine.churn.ladder.choice import Choice, choose, spoken, top
from engine.churn.ladder.climb import Climbed
from engine.churn.ladder.tested import Tested, validated
from engine.churn.windows import Windows
from engine.contracts import ChurnReport


@dataclass(frozen=True)
class Assessed:
    """`report` is of the rung that was chosen; all splits are in `climbs`, the first one's rungs are kept."""

    asked: Windows
    climbs: Sequence[Climbed]
    tested: Tested
    scores: report.Scores
    report: ChurnReport
    choice: Choice

    def report_of(self, choice: Choice) -> ChurnReport:
        """The same tables, told of this rung."""
        if choice == self.choice:
            return self.report
        said = self.tested.spread([top(one.held_out(choice.rung)) for one in self.climbs])
        mine = replace(
            self.scores, threshold=said, calibrated_by=by_name(self.asked, self.climbs[0], choice.rung)
        )
        return report.told_of(self.report, mine, choice)

    def beside(self, shipped: Collection[str]) -> Iterator[Choice]:
        """Where rungs are shipped: the best of those that learnt here, and the shipped ones, but for the chosen one."""
        if not shipped:
            return
        windows, said = validated(self.asked, self.climbs, list(self.scores.churn))
        if self.choice.rung in shipped:
            yield choose(windows, {name: churn for name, churn in said.items() if name not in shipped})
        for name in said:
            if name in shipped and name != self.choice.rung:
                why = (
                    f"{spoken(name)} ships with the project and is calibrated on these visits. By the rule of the "
                    f"ladder {self.choice.rung} serves. {self.choice.why}"
                )
                yield Choice(name, why, top(said[name]))


def by_name(asked: Windows, climbed: Climbed, rung: str) -> dict[str, str]:
    """How each segment is calibrated; the empty name is the unknown one."""
    kind = climbed.calibrations[rung].kind
    named = {name: kind(place) for place, name in enumerate(asked.words.segments)}
    return {"": kind(UNKNOWN)} | named
