import pytest

from drivers.known_devices import KNOWN_DEVICES, known_device
from drivers.protocols.catalogue import PROTOCOLS


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ((0x0403, 0x6015), "OpenBCI"),
        ((0x2E73, 0x0004), "Human SpikerBox"),
        ((0x2E73, 0x7777), "Backyard Brains"),
        ((0x2341, 0x0043), "Uno R3"),
        ((0x2341, 0x8036), "Arduino"),
        ((0x2458, 0x0001), "Myo"),
    ],
)
def test_a_device_is_known_by_its_ids_or_its_vendor(ids: tuple[int, int], words: str) -> None:
    known = known_device(*ids)
    assert known is not None
    assert words in known.words


@pytest.mark.parametrize("ids", [(None, None), (0x0403, 0x9999), (0x9999, 0x6015)])
def test_what_is_not_in_the_table_is_not_known(ids: tuple[int | None, int | None]) -> None:
    assert known_device(*ids) is None


def test_what_a_device_may_speak_is_in_the_catalogue_and_each_id_stands_once() -> None:
    assert {name for known in KNOWN_DEVICES for name in known.protocols} <= set(PROTOCOLS)
    ids = [(known.vendor_id, known.product_id) for known in KNOWN_DEVICES]
    assert len(set(ids)) == len(ids)
