import numpy as np
import pytest

from sim.emulator.voices.olimex import make_olimex
from sim.errors import SimError


def test_it_streams_unasked_and_numbers_what_nobody_hears() -> None:
    voice = make_olimex("", "", None, 125.0)
    assert (voice.info.rate_hz, voice.streaming, voice.asked) == (125.0, True, True)
    voice.skip(258)
    (frame,) = voice.frames(np.zeros((1, 6), dtype=np.int32), 0, 1)
    assert (len(frame), frame[3]) == (17, 2)
    voice.opened(0)
    assert voice.frames(np.zeros((1, 6), dtype=np.int32), 0, 1)[0][3] == 0
    assert voice.hear(b"anything\n", 0) == b""


@pytest.mark.parametrize(("channels", "rate_hz"), [(5, None), (None, 0.0), (None, 5000.0)])
def test_other_channels_and_rates_are_refused(channels: int | None, rate_hz: float | None) -> None:
    with pytest.raises(SimError, match="6 channels"):
        make_olimex("", "", channels, rate_hz)
