"""What watching the raw samples costs the control loop: the figures in docs/benchmarks.md.

uv run python -m benchmarks.watched

Hops go through a whole loop, with a real broker behind the socket, watched and unwatched by turns. What counts is the
processor time of the loop's thread, system calls included: other programs on the machine do not show in it.
"""

import asyncio
import secrets
import time

import numpy as np
from numpy.typing import NDArray

from cli.bench.step import engaged_governor, made_step
from controller.broker_address import BrokerAddress
from controller.bus import Bus
from controller.contract.topics import Topics
from controller.emg.hop_buffer import HopBuffer
from controller.loop import ControlLoop
from controller.raw_view import RawView
from controller.tasks import end_task
from drivers.chunk import Chunk
from sim.broker import start_broker

SIZES = ((8, 1000.0), (16, 2000.0), (64, 2000.0))
DECODER = "td4-lda"
HOP_NS = 10_000_000
# A second of signal, watched or not, then the other way round.
HOPS, ROUNDS = 100, 40
WARM_UP_ROUNDS = 4


async def cost_us(url: str, channels: int, rate_hz: float) -> tuple[NDArray[np.float64], int]:
    """Return processor time per hop [rounds, unwatched | watched] in µs, and how many blocks went out."""
    joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    bus = Bus(BrokerAddress(url=url), f"efferent-bench-{secrets.token_hex(8)}", [], lambda *_: None)
    task = asyncio.create_task(bus.run(joined))
    await joined
    topics, rows = Topics("bench"), round(HOP_NS * 1e-9 * rate_hz)
    now_ns, sent = 0, 0

    def send(payload: bytes) -> bool:
        nonlocal sent
        went = bus.publish_spare(topics.emg, payload)
        sent += went
        return went

    loop = ControlLoop(
        made_step(DECODER, channels, rate_hz, rows),
        HopBuffer(rows, channels, rate_hz),
        engaged_governor(),
        bus,
        topics,
        secrets.token_hex(8),
        200,
        HOP_NS,
        lambda _step, _hop: None,
        10**18,
        lambda: now_ns,
    )
    loop.raw_view = view = RawView(send, rows, channels, rate_hz)
    blocks = np.random.default_rng(1).normal(0.0, 50.0, (64, rows, channels))
    spent, number = np.zeros((ROUNDS, 2)), 0
    for turn in range(-WARM_UP_ROUNDS, ROUNDS):
        for watched in (0, 1) if turn % 2 else (1, 0):
            view.ask(30.0 * watched, now_ns)
            took_ns = 0
            for _ in range(HOPS):
                now_ns += HOP_NS
                chunk = Chunk(blocks[number % len(blocks)], now_ns, number * rows)
                number += 1
                began_ns = time.thread_time_ns()
                loop.take(chunk)
                took_ns += time.thread_time_ns() - began_ns
                await asyncio.sleep(0.001)  # the broker reads
            if turn >= 0:
                spent[turn, watched] = took_ns / HOPS / 1e3
    await end_task(task)
    return spent, sent


def main() -> None:
    """Measure and print."""
    with start_broker("auto") as broker:
        for channels, rate_hz in SIZES:
            spent, sent = asyncio.run(cost_us(broker.url, channels, rate_hz))
            ratios = np.percentile(spent[:, 1] / spent[:, 0], (25, 50, 75))
            unwatched, watched = np.median(spent, axis=0)
            more_us = np.median(spent[:, 1] - spent[:, 0])
            per_s = sent / ((ROUNDS + WARM_UP_ROUNDS) * HOPS * HOP_NS * 1e-9)
            print(f"{channels} channels, {rate_hz:g} Hz, {per_s:.1f} blocks/s while watched")
            print(f"  a hop: {unwatched:.1f} µs unwatched, {watched:.1f} watched, {more_us:.1f} more")
            spread, share = f"{ratios[0]:.3f} to {ratios[2]:.3f}", more_us / HOP_NS * 1e5
            print(f"  ratio {ratios[1]:.3f} ({spread}); {share:.2f} % of a core")


if __name__ == "__main__":
    main()
