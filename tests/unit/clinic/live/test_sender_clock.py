from clinic.live.sender_clock import LONGEST_WAY_NS, SenderClock

MS = 1_000_000


def test_on_this_machine_the_stamp_itself_tells() -> None:
    assert SenderClock(here=True).wall_ms(1_000 * MS, 1_007 * MS, 50_000.0) == 49_993.0


def test_of_another_machine_the_quickest_message_tells() -> None:
    clock = SenderClock(here=False)
    offset_ns = 3_600_000 * MS
    assert clock.wall_ms(offset_ns, 5 * MS, 100.0) == 100.0
    assert round(clock.wall_ms(offset_ns + 50 * MS, 75 * MS, 170.0)) == 150


def test_a_stamp_that_cannot_be_of_this_clock_is_taken_for_another_machines() -> None:
    clock = SenderClock(here=True)
    assert clock.wall_ms(9 * LONGEST_WAY_NS, 5 * MS, 100.0) == 100.0


def test_a_sender_that_begins_anew_begins_anew() -> None:
    clock = SenderClock(here=False)
    clock.wall_ms(90 * LONGEST_WAY_NS, 5 * MS, 100.0)
    assert clock.wall_ms(3 * MS, 10 * MS, 200.0) == 200.0
