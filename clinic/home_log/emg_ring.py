"""The last seconds of raw EMG, in memory, while a wearer agrees to keep what led to a wrong motion."""

import io
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError

from controller.contract.emg import EmgBlock

KEEPS_S = 10.0
# Blocks come at 30 Hz; twice as many, and no more bytes than 16 channels at 4 kHz send in that time as text.
MOST_BLOCKS, MOST_BYTES = 600, 8_000_000


@dataclass(slots=True)
class EmgRing:
    """Payloads as they came, undecoded, with the second they came at."""

    _blocks: deque[tuple[float, bytes]] = field(default_factory=deque)
    _bytes: int = 0

    def take(self, now_s: float, payload: bytes) -> None:
        """Take a block and forget what is too old or too much."""
        self._blocks.append((now_s, payload))
        self._bytes += len(payload)
        while self._blocks and (
            now_s - self._blocks[0][0] > KEEPS_S or len(self._blocks) > MOST_BLOCKS or self._bytes > MOST_BYTES
        ):
            self._bytes -= len(self._blocks.popleft()[1])

    def clear(self) -> None:
        """Forget all."""
        self._blocks.clear()
        self._bytes = 0

    def payloads(self) -> list[bytes]:
        """Return what is held, oldest first."""
        return [payload for _, payload in self._blocks]


def npz_of(payloads: list[bytes], motion: str) -> bytes | None:
    """Return blocks as .npz: `samples` [n, ch], `index` [n] as the device counts, `rate_hz`, `motion`; None without."""
    blocks: list[EmgBlock] = []
    for payload in payloads:
        try:
            block = EmgBlock.model_validate_json(payload)
        except ValidationError:
            continue
        if len(block.block) and (not blocks or block.channels == blocks[-1].channels):
            blocks.append(block)
    if not blocks:
        return None
    held = io.BytesIO()
    np.savez_compressed(
        held,
        samples=np.concatenate([block.block for block in blocks]),
        index=np.concatenate([block.first_index + np.arange(len(block.block)) for block in blocks]),
        rate_hz=np.array(blocks[-1].rate_hz),
        motion=np.array(motion),
    )
    return held.getvalue()
