"""The examination of every member: what notices it, and what is wrong with that."""

from collections import defaultdict
from dataclasses import dataclass, field, replace


@dataclass
class Examination:
    """All notices of some environments, and what they mean together."""

    decisions: object
    notices: dict = field(default_factory=dict)
    """The notices of each place, by environment and place."""

    def add(self, environment, place, notices):
        """Take what the checks of an environment said to the changes of a member."""
        self.notices[environment, place] = list(notices)

    @property
    def criteria(self):
        """The criteria that notice a member, by place."""
        found = defaultdict(set)
        for (_, place), notices in self.notices.items():
            found[place].update(*(notice.outcomes for notice in notices))
        return found

    @property
    def unnoticed(self):
        """The kinds of changes that no criterion notices, by place."""
        noticed, made = defaultdict(set), defaultdict(set)
        for (_, place), notices in self.notices.items():
            for notice in notices:
                made[place].add(notice.kind)
                if notice.outcomes:
                    noticed[place].add(notice.kind)
        return {place: made[place] - noticed[place] for place in made}

    @property
    def problems(self):
        """Yield what must not be, a line each."""
        for (environment, place), notices in self.notices.items():
            for notice in notices:
                for fault in notice.faults:
                    yield f"{place} ({environment}), {notice.told}: {fault}"
            for criterion, values in _passing(notices):
                yield (
                    f"{place} ({environment}): {criterion} minds {', '.join(values)} "
                    "and passes a value that nobody knows"
                )
        for place, criteria in self.criteria.items():
            if not criteria and self.decisions.about(place) is None:
                yield f"{place}: noticed by no criterion, nor in ignored.toml"

    @property
    def stale(self):
        """Yield the members of ignored.toml that are noticed, or are not there."""
        unnoticed = [place for place, criteria in self.criteria.items() if not criteria]
        for decision in self.decisions.members:
            for member in decision.members:
                only = replace(decision, members=(member,))
                if not any(map(only.covers, unnoticed)):
                    yield f"ignored.toml: {member} is noticed, or is no member"


def _passing(notices):
    """Yield the criteria that a known value of an enum stops, and a novel one not."""
    novel = [notice for notice in notices if notice.kind == "unknown"]
    if not novel:
        return
    minded = defaultdict(list)
    for notice in notices:
        if notice.kind == "another":
            for criterion in notice.outcomes:
                minded[criterion].append(notice.told)
    for criterion, values in minded.items():
        if not any(criterion in notice.outcomes for notice in novel):
            yield criterion, values
