"""Which alarms lead to which messages. Pure: events and monotonic seconds in, notices out.

What is announced is told: an alarm that is raised, that comes back from the shelf or from
suppression, or that becomes more urgent, and that nobody has acknowledged. Of one group (what came
first, and all that followed from it) there is one notice, until it becomes more urgent or all of
it has been acknowledged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.alarms.events import AlarmKey, Happening, key_of
from console.alarms.journal import AlarmBook
from console.alarms.status import ALARM_KINDS, Status
from console.notify.budget import Budget
from console.notify_rules import OutletRule

_LEAST = 5
"""Less urgent than any priority."""


class What(StrEnum):
    """Why something is told; the words stand in messages and are never changed."""

    ALARM = "alarm"
    REPEAT = "repeat"
    HELD_BACK = "held_back"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. ``lead`` is what came first, ``urgent`` the most urgent of the group.

    ``count`` is how many alarms followed from the lead (ALARM), wait beside it (REPEAT), or were
    held back (HELD_BACK, with the first few in ``examples``).
    """

    what: What
    priority: int
    lead: Status
    urgent: Status
    count: int
    examples: tuple[Status, ...] = ()


Groups = Mapping[AlarmKey, Sequence[Status]]


class OutletPolicy:
    """What one way out has told, is about to tell, and holds back.

    A group is known by its head: the key of the alarm that came first in it.
    """

    def __init__(self, rule: OutletRule, gather_s: float) -> None:
        self._rule = rule
        self._gather_s = gather_s
        self._pending: dict[AlarmKey, float] = {}  # when it is due
        self._told: dict[AlarmKey, int] = {}
        self._repeat_from_s: dict[int, float] = {}
        self._reminds = False
        self._budgets = {p: Budget(rule.messages, rule.per_s) for p in rule.priorities}

    def announced(self, key: AlarmKey, head: AlarmKey, priority: int, now_s: float) -> None:
        """Note that an alarm of a group is new, or more urgent than it was."""
        if priority not in self._budgets:
            return
        if key == head:
            self._told.pop(head, None)  # its cause is here again, after somebody had seen it
        if self._told.get(head, _LEAST) > priority:
            self._pending.setdefault(head, now_s + self._gather_s)

    def moved(self, old: AlarmKey, head: AlarmKey, priority: int) -> None:
        """Note that an alarm that waits came again behind another cause than before."""
        if old in self._pending:
            self._pending.setdefault(head, self._pending[old])
        elif self._told.get(old, _LEAST) <= priority:
            self._told[head] = min(self._told.get(head, _LEAST), priority)

    def seen(self, head: AlarmKey) -> None:
        """Note that nothing of a group waits for anybody: what comes next is news."""
        self._told.pop(head, None)
        self._pending.pop(head, None)

    def remind(self) -> None:
        """Tell once of what waits, as if a repetition were due."""
        self._reminds = True

    def is_idle(self, now_s: float) -> bool:
        """Whether :meth:`due` would return nothing, without looking at a single alarm."""
        ready = any(due_s <= now_s for due_s in self._pending.values())
        held = any(budget.held.count for budget in self._budgets.values())
        return not (ready or held or self._reminds or self._rule.repeat_s)

    def due(self, groups: Groups, now_s: float) -> list[Notice]:
        """Return what may go now, the most urgent first."""
        found = [*self._alarms(groups, now_s), *self._summaries(now_s)]
        for notice in found:
            self._repeat_from_s[notice.priority] = now_s
        if self._rule.repeat_s or self._reminds:
            found += self._repeats(groups, now_s)
            self._reminds = False
        return sorted(found, key=lambda notice: notice.priority)

    def _alarms(self, groups: Groups, now_s: float) -> Iterable[Notice]:
        ready = [head for head, due_s in self._pending.items() if due_s <= now_s]
        for head in ready:
            del self._pending[head]
            notice = self._notice(head, groups.get(head, ()))
            if notice is None:
                continue
            self._told[head] = notice.priority
            if self._budgets[notice.priority].take(now_s):
                yield notice
            else:
                self._budgets[notice.priority].hold(notice.urgent, now_s)

    def _notice(self, head: AlarmKey, members: Sequence[Status]) -> Notice | None:
        """Return what is to be said of a group; None where nobody needs to hear of it any more."""
        waiting = [s for s in members if not s.acknowledged and s.priority in self._budgets]
        if not waiting:
            return None
        urgent = min(waiting, key=lambda status: (status.priority, status.raised_us))
        shown = [status for status in members if not status.state.is_set_aside]
        first = min(shown, key=lambda status: (status.key != head, status.raised_us))
        return Notice(What.ALARM, urgent.priority, first, urgent, len(members) - 1)

    def _summaries(self, now_s: float) -> Iterable[Notice]:
        for priority, budget in self._budgets.items():
            held = budget.take_summary(now_s)
            if held is not None:
                first = held.examples[0]
                examples = tuple(held.examples)
                yield Notice(What.HELD_BACK, priority, first, first, held.count, examples)

    def _repeats(self, groups: Groups, now_s: float) -> Iterable[Notice]:
        """One message a priority for everything in it that still waits."""
        waiting: dict[int, list[Status]] = {}
        for status in (status for members in groups.values() for status in members):
            if not status.acknowledged:
                waiting.setdefault(status.priority, []).append(status)
        for priority, budget in self._budgets.items():
            statuses = waiting.get(priority)
            if not statuses:
                self._repeat_from_s.pop(priority, None)
            elif self._is_repeat_due(priority, now_s) and budget.take_repeat(now_s):
                self._repeat_from_s[priority] = now_s
                oldest = min(statuses, key=lambda status: status.raised_us)
                yield Notice(What.REPEAT, priority, oldest, oldest, len(statuses) - 1)

    def _is_repeat_due(self, priority: int, now_s: float) -> bool:
        began_s = self._repeat_from_s.setdefault(priority, now_s)
        asked = self._rule.repeat_s > 0 and now_s - began_s >= self._rule.repeat_s
        return asked or self._reminds


class Notifier:
    """The policies of all ways out over one alarm book that published events keep."""

    def __init__(self, rules: Mapping[str, OutletRule], gather_s: float) -> None:
        self._book = AlarmBook()
        self._waiting: Counter[AlarmKey] = Counter()
        self._policies = {name: OutletPolicy(rule, gather_s) for name, rule in rules.items()}

    def restore(self, events: Iterable[Happening]) -> None:
        """Take up what was there before a restart: what waits is told once more, as a reminder."""
        self._book.restore(events)
        waiting = [status for status in self._book.statuses() if not status.acknowledged]
        self._waiting.update(_head(status) for status in waiting)
        for policy in self._policies.values() if waiting else ():
            policy.remind()

    def take(self, event: Happening, now_s: float) -> None:
        """Take one published event; what is no alarm's changes nothing."""
        if event.kind not in ALARM_KINDS:
            return
        try:
            key = key_of(event)
        except (KeyError, TypeError, AttributeError):
            return
        before = self._book.get(key)
        if not self._book.apply(event):
            return
        after = self._book.get(key)
        self._count(before, after)
        if _is_news(before, after):
            for policy in self._policies.values():
                policy.announced(key, _head(after), after.priority, now_s)

    def due(self, now_s: float) -> list[tuple[str, Notice]]:
        """Return what each way out is to tell now."""
        if all(policy.is_idle(now_s) for policy in self._policies.values()):
            return []
        groups: dict[AlarmKey, list[Status]] = {}
        for status in self._book.statuses():
            groups.setdefault(_head(status), []).append(status)
        return [
            (name, notice)
            for name, policy in self._policies.items()
            for notice in policy.due(groups, now_s)
        ]

    def _count(self, before: Status, after: Status) -> None:
        """Let a group of which nothing waits for acknowledgement any more speak again."""
        if not after.acknowledged:
            self._waiting[_head(after)] += 1
        if before.acknowledged:
            return
        head = _head(before)
        self._waiting[head] -= 1
        for policy in self._policies.values():
            if not after.acknowledged and _head(after) != head:
                policy.moved(head, _head(after), after.priority)
            if self._waiting[head] <= 0:
                policy.seen(head)
        if self._waiting[head] <= 0:
            del self._waiting[head]


def _head(status: Status) -> AlarmKey:
    return status.first_out or status.key


def _is_news(before: Status, after: Status) -> bool:
    """Whether an alarm now waits for somebody and did not before, or is more urgent than it was."""
    return not after.acknowledged and (before.acknowledged or after.priority < before.priority)
