from collections.abc import AsyncIterator

import pytest

from controller import device_link
from controller.device_link import DeviceLink
from drivers.chunk import Chunk
from drivers.errors import PortMissingError, SourceLostError
from drivers.source import SourceHealth, StreamInfo

INFO = StreamInfo("bench", 8, 1000.0)


class Fickle:
    """A source that is lost as often as it is opened, is away every other time, and ends when `cycles` are over."""

    def __init__(self, cycles: int, latency_hint: str = "") -> None:
        self.health = SourceHealth()
        self.latency_hint = latency_hint
        self.opened = self.tried = 0
        self._cycles = cycles

    async def open(self) -> StreamInfo:
        self.tried += 1
        if self.tried % 2 == 0:
            raise PortMissingError("away")
        self.opened += 1
        return INFO

    async def chunks(self) -> AsyncIterator[Chunk]:
        if self.opened < self._cycles:
            raise SourceLostError("unplugged")
        return
        yield

    def rest(self, until_ns: int) -> None:
        pass

    async def close(self) -> None:
        pass


def link_to(source: Fickle, told: list[str], lost: list[str]) -> DeviceLink:
    return DeviceLink(source, lambda _: None, lambda _: None, lost.append, told.append)


async def test_a_device_that_goes_is_opened_again_as_often_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_link, "FIRST_BACK_OFF_S", 0.0)
    source, told, lost = Fickle(5), list[str](), list[str]()
    link = link_to(source, told, lost)
    await link.open()
    await link.read_for_ever()
    assert (link.reopened, source.opened, source.tried) == (4, 5, 9)
    assert lost == ["unplugged"] * 4 + ["the recording has ended"]
    assert told == ["device: bench, 8 channels at 1000 Hz"] * 5


async def test_a_port_that_holds_bytes_back_is_told() -> None:
    told: list[str] = []
    await link_to(Fickle(1, "the adapter gathers bytes for up to 16 ms"), told, []).open()
    assert told[1:] == ["the adapter gathers bytes for up to 16 ms"]
