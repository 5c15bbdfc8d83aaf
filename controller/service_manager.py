"""What systemd is told: that we are ready, that we are well, that we end. Without systemd, nothing is said.

The protocol is that of sd_notify(3) and sd_watchdog_enabled(3): datagrams to the socket that `NOTIFY_SOCKET` names.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Four signs of life in each interval, so that one that is left out does not end us.
SIGNS_PER_INTERVAL = 4


@dataclass(slots=True)
class ServiceManager:
    """Never raises and never waits: a manager that does not listen must not stop the arm's controller."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def say(self, words: str) -> None:
        """Send one message, such as `READY=1`; dropped where nobody takes it."""
        address = self.environment.get("NOTIFY_SOCKET", "")
        if not address:
            return
        if address.startswith("@"):
            address = "\0" + address[1:]  # a name without a file, of Linux
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
                speaker.setblocking(False)
                speaker.sendto(words.encode(), address)
        except OSError:
            return  # systemd went, or its queue is full; its watchdog judges that

    @property
    def watchdog_s(self) -> float:
        """Return after how many seconds of silence we are ended; 0 for never, or where that is said of others."""
        if self.environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
            return 0.0
        microseconds = self.environment.get("WATCHDOG_USEC", "")
        return int(microseconds) * 1e-6 if microseconds.isdecimal() else 0.0

    async def watch_for_ever(self, well: Callable[[], bool]) -> None:
        """Give a sign of life as long as `well` says so; for ever, also without a watchdog."""
        interval_s = self.watchdog_s / SIGNS_PER_INTERVAL or 3600.0
        while True:
            if self.watchdog_s and well():
                self.say("WATCHDOG=1")
            await asyncio.sleep(interval_s)
