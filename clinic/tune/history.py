"""The profiles that were in force, kept in the store. All of it waits for a disk: not for the event loop."""

from dataclasses import dataclass

from sqlalchemy import select

from clinic.store.database import Store
from clinic.store.present import present_wearer
from clinic.store.tables.profiles import ProfileEntry
from controller.contract.requests import ProfileState


@dataclass(frozen=True, slots=True)
class History:
    """Of one arm."""

    store: Store
    arm: str

    def keep(self, state: ProfileState) -> None:
        """Keep what the controller announced; what is there already, as after a restart, is not kept again."""
        on_trial = state.before is not None
        told = state.model_copy(update={"trial_s": 0.0}).model_dump_json()
        with self.store.session() as session:
            newest = session.scalar(
                select(ProfileEntry).where(ProfileEntry.arm == self.arm).order_by(ProfileEntry.id.desc()).limit(1)
            )
            if newest is not None and newest.version == state.version:
                known = ProfileState.model_validate_json(newest.state)
                if (known.values, known.locked, known.author) == (state.values, state.locked, state.author):
                    newest.kept, newest.state = newest.kept or not on_trial, told
                    return
            session.add(
                ProfileEntry(
                    wearer_id=present_wearer(session),
                    arm=self.arm,
                    version=state.version,
                    state=told,
                    kept=not on_trial,
                )
            )

    def newest(self, count: int, wearer_id: int | None, before: int | None = None) -> list[ProfileEntry]:
        """Return the newest entries first; of one wearer, or with None those of everybody. `before`: an entry's id."""
        chosen = select(ProfileEntry).where(ProfileEntry.arm == self.arm)
        if wearer_id is not None:
            chosen = chosen.where(ProfileEntry.wearer_id == wearer_id)
        if before is not None:
            chosen = chosen.where(ProfileEntry.id < before)
        with self.store.session() as session:
            return list(session.scalars(chosen.order_by(ProfileEntry.id.desc()).limit(count)))

    def entry(self, entry_id: int) -> ProfileEntry | None:
        """Return one entry of this arm, if there is one."""
        with self.store.session() as session:
            found = session.get(ProfileEntry, entry_id)
        return found if found is not None and found.arm == self.arm else None

    def last_kept(self) -> ProfileState | None:
        """Return the last profile that was accepted and is not on trial."""
        with self.store.session() as session:
            found = session.scalar(
                select(ProfileEntry)
                .where(ProfileEntry.arm == self.arm, ProfileEntry.kept)
                .order_by(ProfileEntry.id.desc())
                .limit(1)
            )
        return None if found is None else ProfileState.model_validate_json(found.state)

    def since(self, version: int) -> list[ProfileState]:
        """Return what came after the newest entry of `version`, that one first, oldest first; none if it is unknown."""
        found = [ProfileState.model_validate_json(one.state) for one in self.newest(50, None)]
        for place, state in enumerate(found):
            if state.version == version:
                return found[place::-1]
        return []
