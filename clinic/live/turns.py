"""When pages are sent to: all in one turn, in the pause that the controller makes between two decisions.

Sending to ten pages takes a millisecond or two of a core. Right after a decision it is in nobody's way where clinic and
controller share a machine, and what pages show is newer than at any other moment (docs/decisions/0031).
"""

import asyncio
from dataclasses import dataclass, field

# As often as a page draws.
TURN_S = 1.0 / 30.0
# What the controller sends after its command, a report and raw samples, goes with it.
GATHER_S = 0.002
# Two hops: then nothing is decided any more, and pages are told all the same.
PATIENCE_S = 0.020


@dataclass(slots=True)
class Turns:
    """Thirty a second on the average, as long as somebody waits for one. Everything is called on the event loop."""

    _waiting: list[asyncio.Future[None]] = field(default_factory=list)
    _next: asyncio.TimerHandle | None = None
    _gathers: bool = False
    _due_s: float = 0.0

    def decided(self) -> None:
        """The controller has just decided: begin a turn soon, if one is due."""
        if self._next is None or self._gathers:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._due_s:
            return
        self._next.cancel()
        self._next, self._gathers = loop.call_later(GATHER_S, self._begin), True

    async def wait(self) -> None:
        """Wait for the next turn."""
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = loop.call_at(max(self._due_s, loop.time()) + PATIENCE_S, self._begin)
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _begin(self) -> None:
        self._next, self._gathers = None, False
        # A turn that was late brings the next no nearer than half of one; what was missed is not made up for.
        self._due_s = max(self._due_s + TURN_S, asyncio.get_running_loop().time() + 0.5 * TURN_S)
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)
        self._waiting.clear()
