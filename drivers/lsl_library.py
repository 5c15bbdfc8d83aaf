"""What this project needs of liblsl, through pylsl: loading it, its clock, finding a stream."""

import importlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from drivers.errors import SettingsError, SourceNotFoundError

SCOPES = ("machine", "link", "site", "organization", "global", "")
# liblsl reads its configuration once, at the first call of a process; so what it was told is kept once per process.
_TOLD_SCOPES: list[str] = []
# What this process publishes, by LSL's own unique ids: never its own source.
OWN_STREAMS: set[str] = set()

# Of several streams on this machine only one hears a question to the port that they share, and which one it is is left
# to chance (sccn/liblsl#282, mended in 1.18). A known peer is asked at the port of each of its streams.
_ASK_EACH_STREAM = "[lab]\nKnownPeers = {127.0.0.1}\n"
# liblsl asks at once and again after 0.5 s; of several streams on one machine only the first answers at once.
SETTLE_S = 0.6
# A search that has not found its stream by then begins anew, with other sockets.
SEARCH_ANEW_S = 3.0
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class WantedStream:
    """Which stream is meant; an empty text means any."""

    name: str
    stream_type: str
    source_id: str

    def matches(self, info: Any) -> bool:  # pylsl publishes no types
        """Say whether this is it."""
        pairs = ((self.name, info.name()), (self.stream_type, info.type()), (self.source_id, info.source_id()))
        return all(wanted in ("", found) for wanted, found in pairs) and info.uid() not in OWN_STREAMS

    def __str__(self) -> str:
        parts = {"name": self.name, "type": self.stream_type, "source id": self.source_id}
        return ", ".join(f"{what} '{text}'" for what, text in parts.items() if text) or "any name"


def load_pylsl(resolve_scope: str) -> Any:
    """Import pylsl, and tell liblsl how far to look for streams (an empty text leaves it to liblsl's own files).

    Raises `SettingsError` where pylsl or liblsl is missing, and when this process has told it another scope before.
    """
    if resolve_scope not in SCOPES:
        raise SettingsError(f"resolve_scope must be one of {', '.join(SCOPES[:-1])} or empty; got '{resolve_scope}'")
    try:
        pylsl = importlib.import_module("pylsl")
    except (ImportError, RuntimeError) as error:
        raise SettingsError(
            "LSL needs pylsl and liblsl: install `efferent[lsl]`; where its wheel has no liblsl (ARM, older Linux) "
            f"install liblsl as well and set PYLSL_LIB to its path ({error})"
        ) from error
    if not _TOLD_SCOPES:
        _TOLD_SCOPES.append(resolve_scope)
        if resolve_scope:
            # Level -3: what liblsl would write to the terminal at a loss comes to the caller as an error already.
            _configure(pylsl, f"{_ASK_EACH_STREAM}[multicast]\nResolveScope = {resolve_scope}\n[log]\nlevel = -3\n")
    elif _TOLD_SCOPES[0] != resolve_scope:
        raise SettingsError(
            f"this process looks for LSL streams with resolve_scope '{_TOLD_SCOPES[0]}' already, and liblsl cannot "
            f"change it; start another process for '{resolve_scope}'"
        )
    return pylsl


def _configure(pylsl: Any, content: str) -> None:
    try:
        pylsl.set_config_content(content)
    except NotImplementedError as error:
        _TOLD_SCOPES.clear()
        raise SettingsError(
            "this liblsl is older than 1.17.7 and cannot be told how far to look; update it, or set resolve_scope = ''"
        ) from error


class ClockMap:
    """Maps LSL's local clock (seconds) to the monotonic clock (ns); measured at the start and by `check`.

    Both are the same clock on Linux; elsewhere they may differ by a constant, and after a suspend by another one.
    """

    def __init__(self, lsl_clock: Callable[[], float], monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._lsl_clock, self._monotonic_ns = lsl_clock, monotonic_ns
        self._offset_ns = 0
        self.check()

    def check(self) -> None:
        """Measure again: the reading that was bracketed most tightly, of five, is good to less than a microsecond."""
        readings = []
        for _ in range(5):
            before_ns = self._monotonic_ns()
            lsl_s = self._lsl_clock()
            after_ns = self._monotonic_ns()
            readings.append((after_ns - before_ns, (before_ns + after_ns) // 2 - round(lsl_s * 1e9)))
        self._offset_ns = min(readings)[1]

    def monotonic_ns(self, stamp_s: float) -> int:
        """Return the monotonic time of an LSL stamp."""
        return round(stamp_s * 1e9) + self._offset_ns

    def stamp_s(self, monotonic_ns: int) -> float:
        """Return the LSL stamp of a monotonic time."""
        return (monotonic_ns - self._offset_ns) / 1e9


class StreamSearch:
    """The search for the one stream that matches. It goes on while the first match is being opened. Blocks.

    A context: a search that is not ended asks for ever and keeps two of the 32 ports that the streams of a machine
    share; with none left a stream takes a port where nobody asks for it, and is not found.
    """

    def __init__(self, pylsl: Any, wanted: WantedStream) -> None:
        self._wanted = wanted
        self._pylsl = pylsl
        self._resolver: Any = None
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it here and now: an error on its way up may hold this object for long."""
        self._resolver = None  # pylsl destroys it with its last reference

    def first(self, timeout_s: float, stop: threading.Event) -> Any:
        """Return the first stream that matches; ends early when `stop` is set.

        Raises `SourceNotFoundError`, naming the streams that are there.
        """
        give_up_at = time.monotonic() + timeout_s
        begin_anew_at = time.monotonic() + SEARCH_ANEW_S
        streams: list[Any] = []
        while time.monotonic() < give_up_at and not stop.wait(POLL_S):
            streams = self._resolver.results()
            if time.monotonic() > begin_anew_at:
                self._begin()
                begin_anew_at = time.monotonic() + SEARCH_ANEW_S
            for info in streams:
                if self._wanted.matches(info):
                    return info
        there = "; ".join(sorted(f"'{info.name()}' (type '{info.type()}')" for info in streams)) or "none"
        raise SourceNotFoundError(
            f"no LSL stream with {self._wanted} was found within {timeout_s:g} s; streams found: {there}; "
            "is the sender running, and within resolve_scope?"
        )

    def _begin(self) -> None:
        self._settled_at = time.monotonic() + SETTLE_S
        self._resolver = None
        self._resolver = self._pylsl.ContinuousResolver()

    def refuse_a_second(self, stop: threading.Event) -> None:
        """Raise `SettingsError` if another stream matches as well, once each has had the time to answer."""
        stop.wait(max(0.0, self._settled_at - time.monotonic()))
        found = [info for info in self._resolver.results() if self._wanted.matches(info)]
        if len(found) > 1:
            names = sorted(f"'{info.name()}' (source id '{info.source_id()}' on {info.hostname()})" for info in found)
            raise SettingsError(
                f"{len(found)} LSL streams match {self._wanted}: {'; '.join(names)}; name one by its source_id"
            )
