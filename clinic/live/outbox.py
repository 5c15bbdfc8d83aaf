"""What waits for one page: the newest of each kind, never more."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from clinic.live.told import OFTEN, SELDOM, Told

# Of every kind: how many may wait. A page that does not read loses the oldest of a kind, and keeps nobody waiting.
DEPTHS = {name: depth for name, (_, depth) in SELDOM.items()} | OFTEN


@dataclass(slots=True, eq=False)
class Outbox:
    """`skipped`: messages that were replaced by newer ones before the page took them."""

    skipped: int = 0
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[str, deque[Told]] = field(default_factory=dict)

    def offer(self, told: Told) -> None:
        """Put one message in; the oldest of its kind goes when there are too many."""
        waiting = self._waiting.get(told.name)
        if waiting is None:
            waiting = self._waiting[told.name] = deque(maxlen=DEPTHS.get(told.name, 1))
        self.skipped += len(waiting) == waiting.maxlen
        waiting.append(told)
        self.filled.set()

    def take(self) -> tuple[list[str], bytes]:
        """Return the text frames that wait, and all records as one binary frame; then nothing waits."""
        texts: list[str] = []
        records: list[bytes] = []
        for waiting in self._waiting.values():
            for told in waiting:
                frame = told.frame()
                if isinstance(frame, str):
                    texts.append(frame)
                elif frame is not None:
                    records.append(frame)
            waiting.clear()
        self.filled.clear()
        return texts, b"".join(records)
