"""Trials recorded while the controller runs: prompts by the clock, chunks kept as they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.calibration.prompts import Prompt
from controller.contract.calibration import CalibrationPrompt
from drivers.chunk import Chunk
from drivers.source import StreamInfo

# The longest session that is kept in memory: 64 channels at 2 kHz for four minutes.
MOST_BYTES = 256 << 20
# A device that is silent for so long has gone, whatever it says.
SILENT_NS = 2_000_000_000


@dataclass(slots=True)
class LiveRecording:
    """`begin_ns`: of the first prompt (monotonic clock). `redone`: trials whose place this takes, none for a session.

    `ramp`: each effort is to rise slowly. `efforts`: per motion, where the running model's speed begins and is full.
    `written`: so many chunks are with the process that scores.
    A chunk costs an entry in a list; samples are never copied here.
    """

    info: StreamInfo
    prompts: Sequence[Prompt]
    begin_ns: int
    redone: tuple[str, ...] = ()
    ramp: bool = False
    efforts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    chunks: list[Chunk] = field(default_factory=list)
    newest_ns: int = 0
    written: int = 0

    def __post_init__(self) -> None:
        self.newest_ns = self.begin_ns

    @property
    def length_s(self) -> float:
        """Time that the prompts take."""
        return self.prompts[-1].end_s

    def take(self, chunk: Chunk) -> bool:
        """Keep a chunk; return whether the last prompt is over."""
        self.chunks.append(chunk)
        self.newest_ns = max(chunk.newest_t_ns, self.newest_ns)
        return (chunk.newest_t_ns - self.begin_ns) * 1e-9 >= self.length_s

    def silent(self, now_ns: int) -> bool:
        """Return whether the device has gone without saying so."""
        return now_ns - self.newest_ns > SILENT_NS

    def place(self, now_ns: int) -> int:
        """Return which of the prompts is shown."""
        now_s = (now_ns - self.begin_ns) * 1e-9
        return next((place for place, prompt in enumerate(self.prompts) if now_s < prompt.end_s), len(self.prompts) - 1)

    def prompt(self, now_ns: int) -> CalibrationPrompt:
        """Return what the wearer is asked to do now."""
        place = self.place(now_ns)
        prompt, now_s = self.prompts[place], (now_ns - self.begin_ns) * 1e-9
        low, high = self.efforts.get(prompt.class_name, (None, None))
        return CalibrationPrompt(
            motion=prompt.class_name,
            trial=prompt.repetition,
            lasts_s=round(prompt.end_s - prompt.start_s, 3),
            left_s=round(max(prompt.end_s - now_s, 0.0), 3),
            following=self.prompts[place + 1].class_name if place + 1 < len(self.prompts) else "",
            position=prompt.position,
            ramp=self.ramp and prompt.is_motion,
            effort_low=low,
            effort_high=high,
        )

    def over(self) -> Sequence[Prompt]:
        """Return the prompts up to the last motion that has been recorded whole; none where none has."""
        count = sum((self.newest_ns - self.begin_ns) * 1e-9 >= prompt.end_s for prompt in self.prompts)
        while count and not self.prompts[count - 1].is_motion:
            count -= 1
        return self.prompts[:count]

    def left_s(self, now_ns: int) -> float:
        """Return the time until the last prompt is over."""
        return round(max(self.length_s - (now_ns - self.begin_ns) * 1e-9, 0.0), 3)


def too_long(info: StreamInfo, prompts: Sequence[Prompt]) -> str:
    """Return why a session cannot be kept in memory, or an empty string."""
    size = prompts[-1].end_s * info.rate_hz * info.channel_count * 8
    if size <= MOST_BYTES:
        return ""
    return (
        f"{prompts[-1].end_s:.0f} s at {info.rate_hz:g} Hz and {info.channel_count} channels are too much; ask for less"
    )
