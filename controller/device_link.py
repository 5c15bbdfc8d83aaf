"""The device's place in the controller: opened, read, and opened again as often as it takes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from controller.errors import ModelError
from drivers.chunk import Chunk
from drivers.errors import DriverError, SourceLostError
from drivers.source import EmgSource, StreamInfo

FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.1, 2.0


@dataclass(slots=True)
class DeviceLink:
    """`opened` is told what the device is, and raises `ModelError` if it does not fit. `tell` gets lines for people.

    `take` gets each chunk; `lost` is told why there will be no more.
    """

    source: EmgSource
    opened: Callable[[StreamInfo], None]
    take: Callable[[Chunk], None]
    lost: Callable[[str], None]
    tell: Callable[[str], None]
    info: StreamInfo | None = None
    reopened: int = 0

    async def open(self) -> None:
        """Open the device. Raises `DriverError`, or `ModelError` for one that does not fit."""
        info = await self.source.open()
        self.opened(info)
        self.info = info
        self.tell(f"device: {info.name}, {info.channel_count} channels at {info.rate_hz:g} Hz")
        if hint := getattr(self.source, "latency_hint", ""):  # a serial port may have one
            self.tell(hint)

    async def read_for_ever(self) -> None:
        """Hand on chunks; when the device goes, open it again as often as it takes.

        Returns when a recording has been played to its end.
        """
        while True:
            try:
                async for chunk in self.source.chunks():
                    self.take(chunk)
            except SourceLostError as error:
                self.lost(str(error))
                await self.source.close()
                await self._reopen()
            else:
                self.lost("the recording has ended")
                return

    async def _reopen(self) -> None:
        back_off_s, told = FIRST_BACK_OFF_S, ""
        while True:
            await asyncio.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, LONGEST_BACK_OFF_S)
            try:
                await self.open()
            except DriverError:
                continue  # still away; said once when it went
            except ModelError as error:  # another device came back in its place
                await self.source.close()
                if str(error) != told:
                    told = str(error)
                    self.tell(told)
                continue
            self.reopened += 1
            return
