"""What the lab's tests share: simulators that serve a small lived incident."""

from collections.abc import Iterator

import pytest

from tests.lab.samples import ASHA, MIRIAM, PAGE, deployed, lived
from tests.lab.simulators import Simulators
from tests.lab.slack_state import Channel


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    """All three on loopback, with a lived incident."""
    channel = Channel([ASHA, MIRIAM])
    for number in range(3):
        channel.say(ASHA, f"line {number}", PAGE + 60 * number + 0.000123)
    with Simulators(lived()[0], deployed(), channel) as one:
        yield one
