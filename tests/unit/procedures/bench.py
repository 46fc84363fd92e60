"""A small procedure that uses every part of the language, and a bench that runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from procedures.document import document_of_bytes
from procedures.engine import commands as ask
from procedures.engine.apply import apply, replay
from procedures.engine.commands import Command
from procedures.engine.context import Context, Watch
from procedures.engine.decide import Decision, decide
from procedures.engine.events import WorkEvent
from procedures.engine.moment import Moment
from procedures.engine.observe import observe
from procedures.engine.people import Person
from procedures.engine.readings import GivenReadings
from procedures.engine.sentence import Sentence
from procedures.engine.state import Run
from procedures.revision import Revision, compile_procedure

START_US = 1_795_000_000_000_000
YEAR_US = 365 * 86_400_000_000
PATH = Path("small.yaml")
SMALL = """\
schema: procedure/1
id: small
title: {en: Small, zh_CN: 小}
purpose: {en: A test, zh_CN: 测试}
author: Ada
applies_to: {asset: tank, cooling: [single_phase]}
subjects:
  tank: {kind: tank}
  spare_meter: {kind: pdu, optional: true}
exclusive: [tank]
requires:
  people:
    - {role: technician, qualifications: [lid]}
    - {role: verifier}
  tools:
    - {id: gauge, title: {en: Gauge, zh_CN: 量规}, calibrated: true}
hazards:
  splash:
    type: fluid
    signal: warning
    pictogram: splash
    consequence: {en: Fluid in the eyes., zh_CN: 液体入眼。}
    avoid: {en: Wear eye protection., zh_CN: 戴护目镜。}
expects_alarms:
  - {alarm: lid-open-running, subject: tank, phases: [open], why: {en: It is open., zh_CN: 开。}}
clocks:
  - id: lid
    title: {en: Lid open, zh_CN: 开盖}
    from_step: open-lid
    until_steps: [close-lid, ms-close]
    max_s: 900
phases:
  - id: plan
    title: {en: Plan, zh_CN: 计划}
    make_safe: back
    steps:
      - id: find
        title: {en: Find, zh_CN: 找}
        kind: check
        do: {en: Scan the label., zh_CN: 扫描标签。}
        scans:
          - {id: label, title: {en: Label, zh_CN: 标签}, of: tank, must_be: tank}
      - id: cool
        title: {en: Cool, zh_CN: 冷却}
        kind: wait
        do: {en: "Wait for {cool}.", zh_CN: "等待 {cool}。"}
        verify:
          - id: cool
            check: tank.coolant_return_temperature <= 45 Cel
            for_s: 20
            override: {role: supervisor}
          - id: hard
            check: tank.coolant_return_temperature <= 50 Cel
  - id: prepare
    title: {en: Prepare, zh_CN: 准备}
    make_safe: back
    any_order: true
    steps:
      - id: gloves
        title: {en: Gloves, zh_CN: 手套}
        kind: list
        do: {en: Read aloud., zh_CN: 朗读。}
        items:
          - {id: left, text: {en: Left, zh_CN: 左}}
          - {id: right, text: {en: Right, zh_CN: 右}}
      - id: mats
        title: {en: Mats, zh_CN: 垫}
        do: {en: Lay mats., zh_CN: 铺垫。}
        expect: {en: They lie., zh_CN: 已铺好。}
  - id: open
    title: {en: Open, zh_CN: 打开}
    make_safe: back
    during:
      - {id: no-leak, check: "all tank.leak[*].state == dry", release: supervisor}
    steps:
      - id: open-lid
        title: {en: Open, zh_CN: 打开}
        involves: [fluid]
        hazards: [splash]
        hold: {role: supervisor}
        before:
          - {id: still, check: tank.coolant_return_temperature <= 50 Cel}
        do: {en: Open the lid., zh_CN: 打开箱盖。}
        verify:
          - {id: lid-open, check: tank.lid.state == open}
        sign: {second: {mode: concurrent}}
      - id: drain
        title: {en: Drain, zh_CN: 沥液}
        hazards: [splash]
        do: {en: "Let it run off for {min}.", zh_CN: "沥液 {min}。"}
        timer: {min_s: 120, max_s: 600}
        expect: {en: It drips., zh_CN: 只滴落。}
        photos:
          - {id: drip, title: {en: Drip, zh_CN: 滴液}}
      - id: measure
        title: {en: Measure, zh_CN: 测量}
        kind: check
        do: {en: Read the level., zh_CN: 读液位。}
        values:
          - id: level
            title: {en: Level, zh_CN: 液位}
            unit: mm
            low: 790
            high: 850
            instrument: gauge
            source: tank.level
            outside: goto
            goto: {goto: drain, max: 2}
        sign: {second: {mode: independent}}
      - id: choose
        title: {en: Again?, zh_CN: 再来？}
        kind: decide
        do: {en: Decide., zh_CN: 决定。}
        ask:
          text: {en: Again?, zh_CN: 再来？}
          answers:
            - {id: go-on, text: {en: Go on, zh_CN: 继续}}
            - {id: again, text: {en: Again, zh_CN: 再来}, goto: drain, max: 1}
      - id: polish
        title: {en: Polish, zh_CN: 擦亮}
        do: {en: Wipe the rim., zh_CN: 擦边缘。}
        expect: {en: It shines., zh_CN: 发亮。}
        on_fail: {goto: polish, max: 1}
        skip:
          reasons:
            - {id: clean, text: {en: It is clean, zh_CN: 干净}}
          second: supervisor
      - id: close-lid
        title: {en: Close, zh_CN: 关闭}
        do: {en: Close the lid., zh_CN: 关闭箱盖。}
        verify:
          - {id: lid-closed, check: tank.lid.state == closed}
          - {id: meter-off, check: spare_meter.it_power <= 1 kW, not_fitted: skip}
safe_states:
  - {id: closed, text: {en: The lid is closed., zh_CN: 箱盖关闭。}}
make_safe:
  - id: back
    title: {en: Back, zh_CN: 撤回}
    ends_in: closed
    steps:
      - id: ms-close
        title: {en: Close, zh_CN: 关闭}
        hazards: [splash]
        do: {en: Close the lid., zh_CN: 关闭箱盖。}
        verify:
          - {id: lid-closed, check: tank.lid.state == closed}
      - id: ms-tell
        title: {en: Tell, zh_CN: 通知}
        do: {en: Tell the operators., zh_CN: 通知运行人员。}
        expect: {en: They know., zh_CN: 已知悉。}
"""
PEOPLE = {
    name: Person(name, name.title(), frozenset(roles), {"lid": START_US + YEAR_US})
    for name, roles in {
        "tom": ["technician"],
        "tess": ["technician", "verifier"],
        "vera": ["verifier"],
        "sue": ["supervisor", "verifier"],
        "sam": ["technician", "verifier", "supervisor"],
    }.items()
}
GOOD: dict[str, float | str] = {
    "tank.coolant_return_temperature": 40.0,
    "tank.leak[1].state": "dry",
    "tank.lid.state": "closed",
    "tank.level": 820.0,
}
UNITS = {"tank.coolant_return_temperature": "Cel", "tank.level": "mm"}
ASSET = ask.Asset("tank-1", "tank", "single_phase")


@cache
def small(text: str = SMALL) -> Revision:
    """Return the small procedure compiled."""
    return compile_procedure(document_of_bytes(text.encode(), PATH).procedure)


def through_json(event: WorkEvent) -> WorkEvent:
    """Return an event as it comes back from a file."""
    return replace(event, body=json.loads(json.dumps(event.body, allow_nan=False)))


class Bench:
    """One run with its world: readings, true time, both clocks, and the events on disk."""

    def __init__(self, revision: Revision | None = None) -> None:
        self.revision = revision or small()
        self.run: Run | None = None
        self.events: list[WorkEvent] = []
        self.readings = GivenReadings(dict(GOOD), UNITS)
        self.true_s = 0.0
        self.utc_offset_s = 0.0
        self.booted_s = -1000.0
        self.boot, self.session = "boot-1", "session-1"
        self.watch = Watch()
        self.people = dict(PEOPLE)
        self.fresh = True
        self.hand = "tom"

    def now(self) -> Moment:
        """Return what the clocks of the machine show."""
        utc_us = START_US + round((self.true_s + self.utc_offset_s) * 1e6)
        mono_us = round((self.true_s - self.booted_s) * 1e6)
        return Moment(utc_us, mono_us, self.boot, self.session)

    def context(self, others: tuple[Run, ...] = ()) -> Context:
        """Return everything given, with readings of this moment if equipment is heard."""
        if self.fresh:
            self.readings.at(self.now().stamp)
        return Context(self.now(), self.readings, self.people, self.watch, others)

    def begin(self, **changes: object) -> Decision:
        """Begin the run with everybody and everything there."""
        begin = ask.Begin(
            "run-1",
            "tom",
            ASSET,
            "approved",
            {"tank": ("tank-1",)},
            tuple(self.people),
            "en",
            {"gauge": START_US + YEAR_US},
        )
        return self.ask(replace(begin, **changes))  # type: ignore[arg-type]

    def ask(self, command: Command) -> Decision:
        """Ask, and put what is allowed on disk before applying it."""
        decision = decide(self.run, command, self.revision, self.context())
        if decision.event:
            self._take(decision.event)
        return decision

    def must(self, *commands: Command) -> None:
        """Ask what has to be allowed."""
        for command in commands:
            decision = self.ask(command)
            assert decision.event, [str(reason) for reason in decision.refusals]

    def refused(self, command: Command) -> set[str]:
        """Ask what has to be refused; return the codes of the reasons."""
        decision = self.ask(command)
        assert decision.event is None, decision.event
        return {reason.code for reason in decision.refusals}

    def look(self) -> list[str]:
        """Observe once; return the kinds of what happened by itself."""
        if self.run is None:
            return []
        self.watch, events = observe(self.run, self.revision, self.context())
        for event in events:
            self._take(event)
        return [str(event.kind) for event in events]

    def wait(self, seconds: float, step_s: float = 5.0) -> None:
        """Let time pass, looking on the way."""
        until = self.true_s + seconds
        while self.true_s < until:
            self.true_s = min(until, self.true_s + step_s)
            self.look()

    def crash(self, *, reboot: bool = False, lost_s: float = 0.0) -> None:
        """Lose everything but the events; start again from them."""
        self.true_s += lost_s
        self.session = f"session-{int(self.session[8:]) + 1}"
        if reboot:
            self.boot = f"boot-{int(self.boot[5:]) + 1}"
            self.booted_s = self.true_s - 3.0
        self.watch = Watch()
        self.run = replay(through_json(event) for event in self.events)

    def _take(self, event: WorkEvent) -> None:
        self.events.append(event)
        self.run = apply(self.run, event)

    @property
    def step(self) -> str:
        """The step to do now."""
        assert self.run
        return self.run.current.step if self.run.current else ""

    def do(self, by: str = "tom", *, level: float = 820.0, answer: str = "go-on") -> None:
        """Do the step to do now as well as can be, and sign it."""
        name, spec = self.step, self.revision.procedure.steps[self.step]
        if spec.hold:
            self.must(ask.ReleaseHold(name, "sue"))
        self.must(ask.Start(name, by, "en", spec.hazards))
        self.fill(by, level=level, answer=answer)
        if spec.sign.second and spec.sign.second.mode == "concurrent":
            self.must(ask.SignSecond(name, "vera", "en", spec.hazards))
        self.must(ask.Complete(name, by))
        if spec.sign.second and spec.sign.second.mode == "independent":
            self.must(ask.SignSecond(name, "vera", "en"))

    def fill(self, by: str, *, level: float = 820.0, answer: str = "go-on") -> None:
        """Give everything that the open step asks for."""
        name, spec = self.step, self.revision.procedure.steps[self.step]
        lids = [g.parsed.either[0].state for g in spec.verify if "lid.state" in g.check]
        if lids:
            self.readings.values["tank.lid.state"] = lids[0]
        for scan in spec.scans:
            self.must(ask.ScanLabel(name, by, scan.id, "tank-1"))
        for photo in spec.photos:
            self.must(ask.TakePhoto(name, by, photo.id, "0" * 64))
        for value in spec.values:
            self.must(ask.Record(name, by, value.id, level))
        for item in spec.items:
            self.must(ask.ConfirmItem(name, by, item.id))
        if spec.ask:
            self.must(ask.Choose(name, by, answer))
        longest = max([gate.for_s for gate in spec.verify], default=0.0)
        shortest = spec.timer.min_s or 0.0 if spec.timer else 0.0
        self.wait(max(longest, shortest) + 5)

    def go_to(self, step: str) -> None:
        """Do every step up to one."""
        if self.run is None:
            assert self.begin().event
        while self.step != step:
            self.do()


def codes(reasons: tuple[Sentence, ...]) -> set[str]:
    """Return the codes of reasons."""
    return {reason.code for reason in reasons}
