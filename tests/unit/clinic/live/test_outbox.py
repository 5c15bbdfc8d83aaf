from clinic.live.outbox import DEPTHS, Outbox
from clinic.live.told import Told
from tests.rigs import live_messages as messages
from tests.rigs.live_frames import records


def test_a_page_that_does_not_read_keeps_the_newest_and_no_more() -> None:
    outbox = Outbox()
    for index in range(10_000):
        outbox.offer(Told("signal", messages.signal(index)))
        outbox.offer(Told("emg", messages.emg(index)))
    assert {name: len(waiting) for name, waiting in outbox._waiting.items()} == {"signal": 1, "emg": DEPTHS["emg"]}
    assert outbox.skipped == 2 * 10_000 - 1 - DEPTHS["emg"]
    texts, frame = outbox.take()
    assert texts == []
    signal, *blocks = records(frame)
    assert signal.numbers[3] == 9_999
    assert [block.numbers[3] for block in blocks] == list(range(10_000 - DEPTHS["emg"], 10_000))


def test_what_was_taken_is_gone() -> None:
    outbox = Outbox()
    outbox.offer(Told("state", messages.state(1)))
    assert outbox.filled.is_set()
    assert outbox.take()[1]
    assert outbox.take() == ([], b"")
    assert not outbox.filled.is_set()


def test_a_message_is_encoded_once_for_all_pages() -> None:
    told = Told("controller_status", messages.status())
    first, second = Outbox(), Outbox()
    first.offer(told)
    second.offer(told)
    assert first.take()[0][0] is second.take()[0][0]


def test_a_message_that_breaks_the_contract_is_left_out_and_the_others_come() -> None:
    outbox = Outbox()
    for name in DEPTHS:
        outbox.offer(Told(name, b'{"not": "the contract"}'))
    outbox.offer(Told("state", b"\xff\x00"))
    outbox.offer(Told("command", messages.command(3)))
    texts, frame = outbox.take()
    assert texts == []
    assert [record.numbers[3] for record in records(frame)] == [3]
