"""Whatever the order of samples, commands, restarts and clock jumps: nothing unseen is lost, and
no shelf outlives its time.

The model below keeps its own account of both: by samples and by what commands were accepted. It
does not look into the engine.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from console.alarms.events import RefusedError
from console.alarms.severity import Severity
from console.alarms.shelves import PUT_BACK_S
from console.alarms.states import State
from drivers.points import Reason

from .bench import HOT, Bench, key

MOST_S = 600.0
VALUES = {40.0: Severity.OK, 51.0: Severity.CAUTION, 56.0: Severity.CRITICAL, 61.0: Severity.FATAL}
ASIDE = (State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE)


class Operating(RuleBasedStateMachine):
    """A tank, its operators, and a laptop that is not to be trusted."""

    @initialize(latching=st.booleans())
    def start(self, latching: bool) -> None:
        more = f"shelve_max_s = {MOST_S}\nlatching = {str(latching).lower()}\n"
        self.bench = Bench(HOT + more)
        self.owed = Severity.OK
        """The worst announced that nobody has acknowledged."""
        self.seen = Severity.OK
        self.now_bad = Severity.OK
        self.shelf_left_s: float | None = None
        """Real seconds that the shelf may still last, if there is one."""
        self.boot = 0

    @property
    def state(self) -> State:
        return self.bench.book.get(key()).state

    def _pass(self, seconds: float) -> None:
        self.bench.pass_time(seconds)
        if self.shelf_left_s is not None:
            self.shelf_left_s -= seconds

    def _announce(self, severity: Severity) -> None:
        """A condition that is announced is owed as far as it is worse than what was seen."""
        if severity is Severity.OK:
            self.seen = Severity.OK
        elif severity > self.seen or self.owed:
            self.owed = max(self.owed, severity)

    @rule(value=st.sampled_from(list(VALUES)), after_s=st.floats(0, 300))
    def sample(self, value: float, after_s: float) -> None:
        self._pass(after_s)
        self.bench.feed(0, temperature=value)
        if self.state not in ASIDE:
            self._announce(VALUES[value])
        self.now_bad = VALUES[value]

    @rule(after_s=st.floats(0, 300))
    def bad_sample(self, after_s: float) -> None:
        self._pass(after_s)
        self.bench.feed(0, reasons={"temperature": Reason.SENSOR_FAULT})

    @rule()
    def acknowledge(self) -> None:
        try:
            self.bench.take(self.bench.engine.acknowledge(key(), "Chen", self.bench.now))
        except RefusedError:
            return
        self.owed = Severity.OK
        self.seen = max(self.seen, self.bench.engine.book.get(key()).seen)

    @rule(seen=st.sampled_from(list(Severity)))
    def acknowledge_as_seen(self, seen: Severity) -> None:
        owed = self.owed
        try:
            self.bench.take(self.bench.engine.acknowledge(key(), "Chen", self.bench.now, seen))
        except RefusedError:
            return
        assert owed <= seen
        self.owed = Severity.OK
        self.seen = max(self.seen, self.bench.engine.book.get(key()).seen)

    @rule()
    def reset(self) -> None:
        try:
            self.bench.take(self.bench.engine.reset(key(), "Chen", self.bench.now))
        except RefusedError:
            return
        assert self.owed is Severity.OK
        self.seen = Severity.OK

    @rule(duration_s=st.floats(1, MOST_S))
    def shelve(self, duration_s: float) -> None:
        now = self.bench.now
        try:
            self.bench.take(self.bench.engine.shelve(key(), duration_s, "noise", "Chen", now))
        except RefusedError:
            return
        self.shelf_left_s = duration_s

    @rule()
    def unshelve(self) -> None:
        self._command(lambda: self.bench.engine.unshelve(key(), "Chen", self.bench.now))

    @rule()
    def suppress(self) -> None:
        now = self.bench.now
        self._command(lambda: self.bench.engine.suppress([key()], "WO", "work", "Chen", now))

    @rule()
    def release(self) -> None:
        self._command(lambda: self.bench.engine.release("WO", "Chen", self.bench.now))

    @rule()
    def remove(self) -> None:
        now = self.bench.now
        self._command(
            lambda: self.bench.engine.take_out_of_service(key(), "WO", "work", "Chen", now)
        )

    @rule()
    def give_back(self) -> None:
        self._command(lambda: self.bench.engine.return_to_service(key(), "Chen", self.bench.now))

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds: float) -> None:
        self._pass(seconds)
        self._ticked()

    @rule(hours=st.floats(-24, 24))
    def wall_clock_jumps(self, hours: float) -> None:
        self.bench.utc_us += round(hours * 3.6e9)
        self._ticked()

    @rule(off_s=st.floats(0, 900))
    def killed_and_started_again(self, off_s: float) -> None:
        self._pass(off_s)
        before = self.state
        self.bench.restart()
        self._came_back(before)

    def _command(self, command: object) -> None:
        before = self.state
        try:
            self.bench.take(command())  # type: ignore[operator]
        except RefusedError:
            return
        self._came_back(before)

    def _ticked(self) -> None:
        before = self.state
        self.bench.tick(0)
        self._came_back(before)

    def _came_back(self, before: State) -> None:
        """What is still bad when it comes back is announced anew, seen before or not."""
        if self.state is not State.SHELVED:
            self.shelf_left_s = None
        if before in ASIDE and self.state not in ASIDE:
            self.seen = Severity.OK
            self.owed = max(self.owed, self.now_bad)

    @invariant()
    def nothing_unseen_is_lost(self) -> None:
        for book in (self.bench.book, self.bench.engine.book):
            assert book.unacknowledged() >= self.owed

    @invariant()
    def what_is_owed_and_not_set_aside_is_shown_first(self) -> None:
        if self.owed and self.state not in ASIDE:
            highest = self.bench.book.highest()
            assert highest is not None
            assert highest.state.awaits_acknowledgement
            assert highest.priority <= {1: 3, 2: 2, 3: 2, 4: 1}[self.owed]

    @invariant()
    def no_shelf_outlives_its_time(self) -> None:
        self._ticked()
        if self.state is State.SHELVED:
            assert self.shelf_left_s is not None
            assert self.shelf_left_s > -1e-6

    @invariant()
    def book_and_engine_agree(self) -> None:
        assert self.bench.book.statuses() == self.bench.engine.book.statuses()


TestOperating = Operating.TestCase
TestOperating.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "jump", "restart"]),
        st.floats(1, 300),
        st.one_of(st.floats(-3600, 3600), st.floats(-300, 300)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_a_shelf_ends_in_time_whatever_clocks_and_restarts_do(
    steps: list[tuple[str, float, float]],
) -> None:
    bench = Bench(HOT + f"shelve_max_s = {MOST_S}\n")
    bench.take(bench.engine.shelve(key(), MOST_S, "noise", "Chen", bench.now))
    passed_s, most_s = 0.0, MOST_S
    for step, wait_s, jump_s in steps:
        if step != "jump":
            bench.pass_time(wait_s)
            passed_s += wait_s
        if step != "wait":
            bench.utc_us += round(jump_s * 1e6)
        if step == "restart":
            # After a boot only the wall clock is there to ask. Put back meanwhile, yet to after
            # the last thing in the log, it looks like time that did not pass: nothing can tell
            # (docs/decisions/0010-alarm-engine.md).
            bench.mono_s = 10.0
            if jump_s < 0 and bench.utc_us > bench.log[-1].utc_us:
                return
            bench.restart()
            most_s += PUT_BACK_S  # what a clock may be corrected by unnoticed
        bench.tick(0)
        if bench.book.get(key()).state is State.SHELVED:
            assert passed_s < most_s
