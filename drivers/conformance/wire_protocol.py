"""What every wire protocol keeps, whatever the line does to its bytes."""

import gc
import random
import tracemalloc
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from drivers.conformance.run_of_frames import ExampleDevice, Run, cut, frames_of, talk
from drivers.conformance.verdict import require
from drivers.protocols.protocol import WireProtocol
from drivers.source import SourceHealth

__all__ = ["ExampleDevice", "WireProtocolConformance"]

FRAMES = 20
DAMAGED = 8  # which of them; enough before it to be in lock and enough after it to be so again
LOST_TO_DAMAGE = 3  # the damaged frame and, at most, two clean ones after it
HELD_BACK = 2  # frames that a protocol may hold until what follows proves them right
SPLITS = 20
MOST_PLACES = 64  # where in a frame the damage is tried
FLOOD_BYTES = 1 << 17
# A protocol holds less than two of its longest frames (64 channels and 255 samples of 3 bytes are the longest we know).
MOST_HELD_BYTES = 96 << 10


class WireProtocolConformance(ABC):
    """Subclass it as `TestMyProtocol`, fill in the two methods, and pytest runs the rest.

    Lost frames must be counted unless `Ticks.unseen_loss` is 1, which says that the device numbers nothing; then the
    protocol may call nothing lost.
    """

    @abstractmethod
    def protocol(self, health: SourceHealth) -> WireProtocol:
        """Return the host's side, as after opening the port."""

    @abstractmethod
    def device(self) -> ExampleDevice:
        """Return the device's side, just switched on; any two give the same samples."""

    def test_the_talk_leads_to_a_description(self) -> None:
        """What the device says is enough to know its channels and its rate, also when it comes byte by byte."""
        for piece_bytes in (0, 1):
            described = talk(self.protocol(SourceHealth()), self.device(), piece_bytes).described
            assert described is not None  # noqa: S101 - for the type checker
            info, ticks = described.info, described.ticks
            require(info.channel_count >= 1, f"a stream has one channel or more, not {info.channel_count}")
            require(0 < info.rate_hz < 1e6, f"a stream has a rate above 0 Hz, not {info.rate_hz:g}")
            require(
                len(info.labels) in (0, info.channel_count),
                f"{info.channel_count} channels have as many labels, or none, not {len(info.labels)}",
            )
            require(ticks.tick_ns > 0 and 0 <= ticks.tolerance < 1, f"{ticks} cannot be turned into time")

    def test_clean_frames_arrive_whole(self) -> None:
        """Nothing is lost, bad or discarded of a clean stream, and the device's time goes on."""
        run, device = self._begin()
        bad_before = run.health.bad_frames
        run.take(frames_of(device, FRAMES))
        held = FRAMES * device.samples_per_frame
        least = held - HELD_BACK * device.samples_per_frame
        require(len(run.rows) >= least, f"{FRAMES} frames hold {held} samples; {len(run.rows)} came")
        require(bool(np.isfinite(run.rows).all()), "samples that are no numbers came of clean frames")
        require(len(np.unique(run.rows, axis=0)) > 1, "all samples are alike; let the example device vary them")
        bad = run.health.bad_frames - bad_before
        require(
            (bad, run.health.lost_samples, run.lost) == (0, 0, 0),
            f"clean frames were counted as damage: {bad} bad frames, {run.health.lost_samples} samples lost",
        )
        ticks = [block.newest_ticks for block in run.blocks]
        require(len(set(ticks)) == len(ticks), "the device's time stood still between two blocks")

    def test_splits_change_nothing(self) -> None:
        """The same bytes give the same samples, wherever they are cut."""
        whole, device = self._begin()
        whole.take([b"".join(frames_of(device, FRAMES))])
        generator = random.Random(0)  # noqa: S311 - not for secrets
        for way in range(SPLITS):
            run, device = self._begin()
            data = b"".join(frames_of(device, FRAMES))
            run.take(cut(data, 1) if way == 0 else _cut_by_chance(data, generator))
            same = np.array_equal(run.rows, whole.rows)
            require(same, f"bytes cut in pieces gave {len(run.rows)} samples, whole {len(whole.rows)}, or others")
            require(run.next_index == whole.next_index, "bytes cut in pieces gave samples of other indices")
            require(
                run.blocks[-1].newest_ticks == whole.blocks[-1].newest_ticks,
                "bytes cut in pieces gave another time of the newest sample",
            )
            counted = (run.health.lost_samples, run.health.bad_frames)
            require(
                counted == (whole.health.lost_samples, whole.health.bad_frames),
                f"bytes cut in pieces were counted as damage: {counted} samples lost and frames bad",
            )

    def test_a_lost_byte_costs_three_frames_at_most(self) -> None:
        """Wherever in a frame a byte is lost, it and two more frames may go, and the count goes on."""

        def lose(frame: bytes, at: int) -> bytes:
            return frame[:at] + frame[at + 1 :]

        self._damage_everywhere("lost", lose)

    def test_an_added_byte_costs_three_frames_at_most(self) -> None:
        """Nor does a byte that nobody sent do more harm, whatever it is."""
        for byte in (b"\x00", b"\x55", b"\xff"):

            def add(frame: bytes, at: int, byte: bytes = byte) -> bytes:
                return frame[:at] + byte + frame[at:]

            self._damage_everywhere("preceded by one that nobody sent", add)

    def test_a_changed_byte_costs_three_frames_at_most(self) -> None:
        """Nor does one that was changed; a framing without a check sum may deliver that frame wrong."""
        for mask in (0x01, 0x80, 0xFF):

            def change(frame: bytes, at: int, mask: int = mask) -> bytes:
                return frame[:at] + bytes([frame[at] ^ mask]) + frame[at + 1 :]

            # the changed byte may be the frame's number
            self._damage_everywhere("changed", change, counted=False)

    def test_lost_frames_are_a_gap(self) -> None:
        """Lost frames show in `lost_before` and in `health`, and the samples after them have their own indices."""
        clean = self._clean()
        for missing in (1, 3):
            run, device = self._begin()
            frames = frames_of(device, FRAMES)
            run.take([*frames[:DAMAGED], *frames[DAMAGED + missing :]])
            gone = missing * device.samples_per_frame if run.numbered else 0
            require(run.lost == gone, f"{missing} missing frames hold {gone} samples; lost_before says {run.lost}")
            require(
                run.health.lost_samples == gone,
                f"{missing} missing frames hold {gone} samples; health.lost_samples says {run.health.lost_samples}",
            )
            if run.numbered:
                self._require_the_count_of(clean, run, f"{missing} frames lost")

    def test_garbage_neither_raises_nor_piles_up(self) -> None:
        """Whatever bytes come, before and after the description, memory stays bounded."""
        floods = self._floods()
        for described, chosen in ((False, floods[:2]), (True, floods)):
            for name, flood in chosen:
                protocol = self._begin()[0].protocol if described else self.protocol(SourceHealth())
                _feed_all(protocol, flood)  # what is held at most is held now
                grown = _growth_bytes(protocol, flood)
                require(
                    grown <= MOST_HELD_BYTES,
                    f"{len(flood)} bytes of {name} left {grown} bytes in memory; hold no more than a frame or two",
                )

    def test_a_stream_is_found_after_garbage(self) -> None:
        """Behind garbage clean frames are found again, unless the garbage made the stream begin anew."""
        garbage = random.Random(1).randbytes(4096)  # noqa: S311 - not for secrets
        clean = self._clean()
        run, device = self._begin()
        run.take(cut(garbage, 64))
        if run.described is None:
            return
        run.take(frames_of(device, FRAMES))
        tail = (FRAMES - LOST_TO_DAMAGE - HELD_BACK) * device.samples_per_frame
        require(
            np.array_equal(run.rows[-tail:], clean.rows[-tail:]),
            f"of {FRAMES} clean frames behind {len(garbage)} bytes of garbage the last {tail} samples did not arrive",
        )

    def _begin(self) -> tuple[Run, ExampleDevice]:
        """Return a run whose stream is described, and its device."""
        device = self.device()
        run = talk(self.protocol(SourceHealth()), device)
        run.forget()
        return run, device

    def _clean(self) -> Run:
        run, device = self._begin()
        run.take(frames_of(device, FRAMES))
        return run

    def _damage_everywhere(self, what: str, damage: Callable[[bytes, int], bytes], *, counted: bool = True) -> None:
        clean = self._clean()
        at, length = 0, 1
        while at < length:
            run, device = self._begin()
            frames = frames_of(device, FRAMES)
            length = len(frames[DAMAGED])
            run.take([*frames[:DAMAGED], damage(frames[DAMAGED], at), *frames[DAMAGED + 1 :]])
            where = f"byte {at} of a frame of {length} {what}"
            require(not run.restarts, f"{where}: the stream was taken for restarted ({run.restarts})")
            missing = len(clean.rows) - len(run.rows)
            require(
                missing <= LOST_TO_DAMAGE * device.samples_per_frame,
                f"{where}: {missing} samples did not arrive, more than those of {LOST_TO_DAMAGE} frames",
            )
            tail = (FRAMES - DAMAGED - LOST_TO_DAMAGE - HELD_BACK) * device.samples_per_frame
            require(np.array_equal(run.rows[-tail:], clean.rows[-tail:]), f"{where}: later samples arrived wrong")
            if counted and run.numbered:
                self._require_the_count_of(clean, run, where)
            at += -(-length // MOST_PLACES)

    def _require_the_count_of(self, clean: Run, run: Run, where: str) -> None:
        require(
            run.next_index == clean.next_index,
            f"{where}: the index behind the newest sample is {run.next_index}, not {clean.next_index}",
        )

    def _floods(self) -> list[tuple[str, bytes]]:
        frame = frames_of(self.device(), 1)[0]
        beginnings = b"".join(frame[: 1 + k % len(frame)] for k in range(FLOOD_BYTES // len(frame)))
        return [
            ("chance", random.Random(2).randbytes(FLOOD_BYTES)),  # noqa: S311 - not for secrets
            ("text without an end", b"1,2;" * (FLOOD_BYTES // 4)),
            ("zeros", bytes(FLOOD_BYTES)),
            ("ones", b"\xff" * FLOOD_BYTES),
            ("a frame's first byte", frame[:1] * FLOOD_BYTES),
            ("beginnings of frames", beginnings),
        ]


def _cut_by_chance(data: bytes, generator: random.Random) -> Sequence[bytes]:
    places = sorted(generator.sample(range(len(data)), min(len(data), generator.randint(1, 40))))
    return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)], strict=True)]


def _feed_all(protocol: WireProtocol, data: bytes) -> None:
    for piece in cut(data, 4096):
        protocol.feed(piece)


def _growth_bytes(protocol: WireProtocol, flood: bytes) -> int:
    """Return how much more memory is in use after the flood than before."""
    gc.freeze()  # what is older than the flood is not looked through: it may be large
    tracemalloc.start()
    try:
        _feed_all(protocol, flood)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.unfreeze()
