"""What GPUs and exporters do wrong, as data; :mod:`.host_effects` says how it is done."""

from __future__ import annotations

from drivers.simulator.fault_kinds import FaultKind

GPU_FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "gpu_lost",
        "A GPU falls off the bus: Xid 79 shows for a moment, then all its series vanish.",
        "host",
        {"gpu": 0, "visible_s": 5.0},
    ),
    FaultKind(
        "gpu_throttling",
        "A GPU's heat sink is blocked under full load: it runs into its limit and throttles.",
        "host",
        {"gpu": 0, "factor": 1.9},
    ),
    FaultKind(
        "paste_drift",
        "A GPU's thermal paste washes out: its thermal resistance rises little by little.",
        "host",
        {"gpu": 0, "percent_per_min": 4.0, "most_percent": 60.0},
    ),
    FaultKind(
        "gpu_xid",
        "A GPU tells an Xid, with what the code stands for: errors, flags, a standstill.",
        "host",
        {"gpu": 0, "code": 48, "visible_s": 5.0, "every_s": 0.0},
    ),
    FaultKind(
        "ecc_storm",
        "A GPU's memory errs all the time and is corrected.",
        "host",
        {"gpu": 0, "per_second": 4000.0},
    ),
    FaultKind(
        "gpu_swapped",
        "Another GPU sits where this one was: other UUID and serial number, same bus address.",
        "host",
        {"gpu": 0},
    ),
    FaultKind(
        "gpu_vanishes",
        "All series of a GPU vanish, without any Xid.",
        "host",
        {"gpu": 0},
    ),
    FaultKind(
        "pcie_narrow",
        "A GPU's PCIe link runs on fewer lanes than it has.",
        "host",
        {"gpu": 0, "width": 8},
    ),
    FaultKind(
        "pcie_replays",
        "A GPU's PCIe link sends packets again and again.",
        "host",
        {"gpu": 0, "per_minute": 120.0},
    ),
)
EXPORTER_FAULTS: tuple[FaultKind, ...] = (
    FaultKind("exporter_silent", "The exporter accepts connections and never answers.", "host"),
    FaultKind(
        "exporter_slow",
        "The exporter answers every request after a delay in real time.",
        "host",
        {"delay_s": 3.0},
    ),
    FaultKind(
        "exporter_drips",
        "The exporter sends its text a few bytes at a time, in real time.",
        "host",
        {"bytes_per_s": 500.0},
    ),
    FaultKind(
        "exporter_truncated",
        "The exporter's text breaks off: cut with its length (text) or in transit (connection).",
        "host",
        {"percent": 60.0, "way": "text"},
    ),
    FaultKind("exporter_html", "A login page answers in place of the exporter.", "host"),
    FaultKind("exporter_not_utf8", "The exporter writes a name that is not UTF-8.", "host"),
    FaultKind(
        "exporter_huge",
        "The exporter's text is far too long.",
        "host",
        {"megabytes": 32},
    ),
    FaultKind("exporter_redirects", "The exporter sends everybody to a login page.", "host"),
    FaultKind(
        "exporter_restarts",
        "The exporter starts anew: connections drop, Xids are forgotten, GPUs numbered anew.",
        "host",
    ),
)
