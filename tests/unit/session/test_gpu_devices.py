"""From the hosts of a site file to what is polled."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.session.devices import build_devices
from console.site import load_site
from drivers.files import FileError
from drivers.gpu.device import GpuDevice
from drivers.gpu.source import Capability
from drivers.points import Reason

SITE = """
[site]
id = "s"
name = "S"
[[host]]
id = "node-1"
name = "Node 1"
url = "{url}"
{more}
"""


def built(folder: Path, url: str, more: str = "") -> GpuDevice:
    path = folder / "site.toml"
    path.write_text(SITE.format(url=url, more=more))
    (device,) = build_devices(load_site(path))
    assert isinstance(device, GpuDevice)
    return device


@pytest.mark.parametrize(
    ("url", "shown", "can"),
    [
        ("nvml://local", "nvml://local", Capability.EVENTS),
        ("http://n:9400/metrics", "http://n:9400/metrics", Capability.SAMPLE),
        ("http://me:word@n:9400/metrics", "http://n:9400/metrics", Capability.SAMPLE),
        (
            "prometheus+http://p:9090?instance=n:9400",
            "prometheus+http://p:9090",
            Capability.HISTORY,
        ),
    ],
)
def test_each_kind_of_source(tmp_path: Path, url: str, shown: str, can: Capability) -> None:
    device = built(tmp_path, url)
    assert device.url.startswith(shown)
    assert "word" not in device.url
    assert can in device.source.capabilities


async def test_a_capture_beside_the_site_file_is_a_recording(tmp_path: Path) -> None:
    (tmp_path / "mailed.csv").write_text(
        "index, uuid, name, temperature.gpu, power.draw [W]\n"
        "0, GPU-1, NVIDIA H100 80GB HBM3, 59, 629.45 W\n"
    )
    device = built(tmp_path, "smi:mailed.csv", "gpus = 1")
    await device.connect()
    (snapshot,) = await device.poll()
    await device.close()
    assert snapshot["power"].value == 629.45
    assert snapshot["power"].reason is Reason.RECORDED


def test_expected_gpus_are_parts_before_anything_answers(tmp_path: Path) -> None:
    listed = '[[host.gpu]]\nslot = 5\nserial = "A"\nmodel = "NVIDIA H100 80GB HBM3"'
    ((part, schema),) = built(tmp_path, "nvml://local", listed).parts
    assert part == "node-1/gpu5"
    assert schema["core_temperature"].limits


def test_a_source_that_cannot_be_is_told_with_its_host(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"node-1.*url"):
        built(tmp_path, "prometheus+http://p:9090")
