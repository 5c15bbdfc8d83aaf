"""Keeps the accepted profile on disk while the controller runs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from controller.contract.requests import ProfileState
from controller.profile_file import ProfileFile

LOOK_S = 0.05
# A disk that took no profile is asked again so often.
AGAIN_S = 1.0


@dataclass(slots=True)
class ProfileKeeper:
    """`file`: None where profiles are not kept. `kept`: the profile on disk. `say` is told when a disk refuses."""

    file: ProfileFile | None
    kept: ProfileState
    in_force: Callable[[], ProfileState]
    say: Callable[[str], None]
    _unkept: ProfileState | None = None

    async def keep_for_ever(self) -> None:
        """Write each accepted profile to its file, from a thread: the loop does not wait for a disk."""
        while True:
            await self.keep()
            await asyncio.sleep(LOOK_S if self._unkept is None else AGAIN_S)

    async def keep(self) -> None:
        """Write the profile in force, unless it is on disk."""
        profile = self.in_force()
        if self.file is None or profile is self.kept:
            return
        try:
            await asyncio.to_thread(self.file.save, profile)
        except OSError as error:
            if self._unkept is not profile:  # said once, tried again and again
                self.say(
                    f"version {profile.version} of the profile holds until the controller ends: "
                    f"cannot write {self.file.path}: {error.strerror}"
                )
            self._unkept = profile
            return
        self.kept, self._unkept = profile, None
