"""Connection URLs: every form, and every mistake says what is allowed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.mapspec import Transport
from drivers.modbus.url import SCHEMES, Endpoint, ModbusUrl


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://10.0.0.5", {"host": "10.0.0.5"}),
        ("tcp://plc.local:1502?unit=7", {"host": "plc.local", "port": 1502, "unit": 7}),
        ("tcp://[::1]:502/?unit=0", {"host": "::1", "port": 502, "unit": 0}),
        ("rtu+tcp://10.0.0.9:4001?unit=3", {"host": "10.0.0.9", "port": 4001, "unit": 3}),
        ("rtu:///dev/ttyUSB0", {"device": "/dev/ttyUSB0"}),
        (
            "rtu:///dev/ttyUSB0?baud=9600&parity=e&stop=2&unit=3",
            {"device": "/dev/ttyUSB0", "baud": 9600, "parity": "E", "stop_bits": 2, "unit": 3},
        ),
        ("rtu://COM3?baud=19200", {"device": "COM3", "baud": 19200}),
        ("rtu:///com12", {"device": "COM12"}),
        (
            "rtu:///dev/serial/by-id/usb-A%20B?echo=1",
            {"device": "/dev/serial/by-id/usb-A B", "echo": True},
        ),
        (
            "ascii:///dev/ttyS0?bits=7&parity=E",
            {"device": "/dev/ttyS0", "data_bits": 7, "parity": "E"},
        ),
        (
            "tls://plc:802?unit=1&ca=/etc/ca.crt&cert=/etc/c.crt&key=/etc/c.key",
            {
                "host": "plc",
                "port": 802,
                "unit": 1,
                "ca": "/etc/ca.crt",
                "cert": "/etc/c.crt",
                "key": "/etc/c.key",
            },
        ),
    ],
)
def test_urls(text: str, expected: dict[str, Any]) -> None:
    assert ModbusUrl.parse(text) == ModbusUrl(text.split(":", maxsplit=1)[0], **expected)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "tcp://HOST"),
        ("10.0.0.5", "tcp://HOST"),
        ("http://10.0.0.5", "tcp://HOST"),
        ("tcp://", "tcp://HOST"),
        ("tcp://h:99999", "tcp://HOST"),
        ("tcp://h:abc", "tcp://HOST"),
        ("tcp://h:0", "1 to 65535.*tcp://HOST"),
        ("tcp://[::1", "tcp://HOST"),
        ("tcp://h?unit=256", "unit must be 0 to 255, found '256'.*tcp://HOST"),
        ("tcp://h?unit=", "unit must be 0 to 255.*tcp://HOST"),
        ("tcp://h?unit=１", "unit must be 0 to 255"),
        ("tcp://h?unit=1&unit=2", "unit is given more than once"),
        ("tcp://h?speed=1", "unknown option 'speed'.*tcp://HOST"),
        ("tcp://h?baud=9600", "unknown option 'baud'.*tcp://HOST"),
        ("tcp://h/path", "tcp://HOST"),
        ("tcp://user@h", "tcp://HOST"),
        ("tcp://h#x", "tcp://HOST"),
        ("rtu://", "serial device is missing.*rtu:///dev/ttyUSB0"),
        ("rtu:///", "serial device is missing.*rtu:///dev/ttyUSB0"),
        ("rtu://dev/ttyUSB0", "rtu:///dev/ttyUSB0"),
        ("rtu:///dev/ttyUSB0?parity=X", "parity must be N or E or O, found 'X'"),
        ("rtu:///dev/ttyUSB0?stop=3", "stop must be 1 or 2"),
        ("rtu:///dev/ttyUSB0?baud=12", "baud must be 300 to"),
        ("rtu:///dev/ttyUSB0?bits=7", "unknown option 'bits'"),
        ("ascii:///dev/ttyUSB0?bits=9", "bits must be 7 or 8"),
        ("tls://h?cert=/c", "cert and key belong together.*tls://HOST"),
        ("tls://h?ca=", "ca must name a file.*tls://HOST"),
    ],
)
def test_bad_urls_say_what_is_allowed(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        ModbusUrl.parse(text)


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda tail: "rtu:///dev/tty?" + tail))
def test_any_text_is_a_url_or_a_sentence(text: str) -> None:
    with suppress(ValueError):
        assert ModbusUrl.parse(text).scheme in SCHEMES
        return
    with pytest.raises(ValueError, match="allowed"):
        ModbusUrl.parse(text)


TRANSPORT = Transport(
    protocol="rtu_over_tcp", port=4001, baud=9600, parity="E", stop_bits=2, data_bits=7
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://h", Endpoint("tcp", "h", 502)),
        ("tls://h", Endpoint("tls", "h", 802)),
        ("rtu+tcp://h", Endpoint("rtu+tcp", "h", 4001)),
        ("rtu+tcp://h:5000", Endpoint("rtu+tcp", "h", 5000)),
        ("rtu:///dev/a", Endpoint("rtu", device="/dev/a", baud=9600, parity="E", stop_bits=2)),
        ("rtu:///dev/a?baud=1200&parity=N&stop=1", Endpoint("rtu", device="/dev/a", baud=1200)),
        (
            "ascii:///dev/a",
            Endpoint("ascii", device="/dev/a", baud=9600, parity="E", stop_bits=2, data_bits=7),
        ),
    ],
)
def test_the_map_says_what_the_url_does_not(text: str, expected: Endpoint) -> None:
    assert ModbusUrl.parse(text).endpoint(TRANSPORT) == expected


def test_a_byte_takes_its_time_on_a_serial_line() -> None:
    assert Endpoint("rtu", device="/dev/a", baud=9600).byte_s == pytest.approx(10 / 9600)
    assert Endpoint("rtu", device="/dev/a", baud=9600, parity="E").byte_s == pytest.approx(
        11 / 9600
    )
    assert Endpoint("tcp", "h", 502).byte_s == 0
    assert Endpoint("rtu", device="COM3").settings == "rtu 19200 8N1"
