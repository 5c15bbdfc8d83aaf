"""Random bytes and damage for every protocol of the catalogue. One that nobody fuzzes fails."""

import math

import pytest

from drivers.protocols.catalogue import PROTOCOLS
from tests.unit.drivers.protocols import fuzz
from tests.unit.drivers.protocols.fuzz import FuzzedFraming
from tests.unit.drivers.protocols.fuzzed_csv import BARE, NUMBERED
from tests.unit.drivers.protocols.fuzzed_cyton import CYTON, CYTON_DAISY
from tests.unit.drivers.protocols.fuzzed_efferent import FRAMING as EFFERENT
from tests.unit.drivers.protocols.fuzzed_emager import FRAMING as EMAGER
from tests.unit.drivers.protocols.fuzzed_myo import FRAMING as MYO
from tests.unit.drivers.protocols.fuzzed_small_boards import CHORDS, OLIMEX, SPIKERBOX
from tests.unit.drivers.protocols.fuzzed_umyo import FRAMING as UMYO

FRAMINGS: dict[str, FuzzedFraming] = {
    "efferent": EFFERENT,
    "emager": EMAGER,
    "spikerbox": SPIKERBOX,
    "csv_lines": NUMBERED,
    "csv_lines, bare": BARE,
    "chords": CHORDS,
    "olimex": OLIMEX,
    "cyton": CYTON,
    "cyton_daisy": CYTON_DAISY,
    "myo": MYO,
    "umyo": UMYO,
}

every_protocol = pytest.mark.parametrize("name", dict.fromkeys((*PROTOCOLS, *FRAMINGS)))


@every_protocol
def test_random_bytes_do_no_harm_and_seldom_look_like_frames(name: str) -> None:
    framing = FRAMINGS[name]
    fuzz.feed_shreds(framing)
    rate = fuzz.feed_random_bytes(framing, described=True)
    expected = framing.false_frames_per_byte * fuzz.RANDOM_BYTES
    chance = 5 * math.sqrt(expected) + 1  # of so many events that come one by one
    assert rate * fuzz.RANDOM_BYTES <= expected + chance
    if framing.sealed is None:  # what is stated is what is measured, not any large number
        assert rate * fuzz.RANDOM_BYTES >= expected / 2 - chance


@every_protocol
def test_a_parser_that_knows_nothing_yet_stands_random_bytes(name: str) -> None:
    fuzz.feed_random_bytes(FRAMINGS[name], described=False, seed=7)


@pytest.mark.parametrize("name", [name for name, framing in FRAMINGS.items() if framing.sealed])
def test_a_rate_too_small_to_measure_follows_from_the_layout(name: str) -> None:
    framing = FRAMINGS[name]
    assert framing.sealed_per_byte * fuzz.sealed_frames_taken(framing) <= framing.false_frames_per_byte


@every_protocol
def test_a_check_sum_lets_one_false_frame_through_in_1e9_random_bytes_at_most(name: str) -> None:
    framing = FRAMINGS[name]
    assert framing.sealed is not None or not framing.check_sum
    assert not framing.check_sum or framing.false_frames_per_byte <= fuzz.MOST_FALSE_FRAMES_PER_BYTE


@every_protocol
@pytest.mark.parametrize("how", fuzz.DAMAGES)
def test_after_damage_the_parser_is_in_lock_within_two_clean_frames(name: str, how: str) -> None:
    fuzz.assert_locks_again(FRAMINGS[name], how)
