"""The ways through a procedure as a picture: Mermaid for documents, DOT for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from procedures.lint_order import next_steps
from procedures.spec import Procedure

END = "end"


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one step to another; ``label`` says when, empty for the usual order."""

    source: str
    target: str
    label: str = ""


def edges(procedure: Procedure) -> list[Edge]:
    """Return every way: the usual order, branches, and each step's way to safe."""
    return list(_edges(procedure))


def _edges(procedure: Procedure) -> Iterator[Edge]:
    last = procedure.order[-1]
    for name in procedure.order:
        step = procedure.steps[name]
        labels = {goto.goto: source for source, goto in step.gotos}
        for target in dict.fromkeys(next_steps(procedure, name)):
            if target != name or target in labels:
                yield Edge(name, target, labels.get(target, ""))
        if name == last:
            yield Edge(name, END)
        yield Edge(name, procedure.way_back(name).steps[0].id, "abort")
    for path in procedure.make_safe:
        ids = [step.id for step in path.steps] + [path.ends_in]
        yield from (Edge(a, b) for a, b in pairwise(ids))


def mermaid(procedure: Procedure, language: str = "en") -> str:
    """Return the graph as Mermaid text."""
    lines = ["flowchart TD"]
    for phase in procedure.phases:
        title = phase.title.get(language, phase.title["en"])
        lines.append(f'  subgraph phase-{phase.id}["{_quoted(title)}"]')
        lines += [f"    {_node(procedure, step.id, language)}" for step in phase.steps]
        lines.append("  end")
    for path in procedure.make_safe:
        lines += [f"  {_node(procedure, step.id, language)}" for step in path.steps]
    lines += [f'  {state.id}(["{state.id}"])' for state in procedure.safe_states]
    for edge in edges(procedure):
        arrow = f"-. {edge.label} .->" if edge.label else "-->"
        lines.append(f"  {_id(edge.source)} {arrow} {_id(edge.target)}")
    return "\n".join(lines) + "\n"


def dot(procedure: Procedure, language: str = "en") -> str:
    """Return the graph as DOT text."""
    lines = ["digraph procedure {", "  rankdir=TB; node [shape=box];"]
    for step in procedure.steps.values():
        title = _quoted(step.title.get(language, step.title["en"]))
        lines.append(f'  "{step.id}" [label="{step.id}\\n{title}"];')
    for edge in edges(procedure):
        style = f' [label="{edge.label}", style=dashed]' if edge.label else ""
        lines.append(f'  "{edge.source}" -> "{edge.target}"{style};')
    return "\n".join([*lines, "}"]) + "\n"


def _node(procedure: Procedure, name: str, language: str) -> str:
    step = procedure.steps[name]
    return f'{name}["{_quoted(step.title.get(language, step.title["en"]))}"]'


def _id(name: str) -> str:
    return "finish" if name == END else name


def _quoted(text: str) -> str:
    return text.replace('"', "'")
