"""The power goes while the controller keeps a profile: the last one that was kept is readable afterwards."""

from pathlib import Path

from controller.contract.requests import ProfileState, ProfileValues
from controller.profile_file import ProfileFile
from tests.rigs.power_cut import Lost, cuts, record

VERSIONS = 4
PROGRAM = f"""
import sys
from pathlib import Path
from controller.contract.requests import ProfileState, ProfileValues
from controller.profile_file import ProfileFile
folder = sys.argv[1]
file = ProfileFile(Path(folder) / "anna.profile.json", "demo", ["rest"], ProfileValues(gain={{"elbow": 1.0}}))
answered = open(folder + "/answered", "wb", buffering=0)
for version in range(1, {VERSIONS} + 1):
    values = ProfileValues(gain={{"elbow": version / {VERSIONS}}})
    file.save(ProfileState(version=version, author="Grete", values=values))
    answered.seek(0)
    answered.write(str(version).encode())
"""


def test_a_power_cut_at_any_write_leaves_the_last_profile_readable(tmp_path: Path) -> None:
    folder, work, after = tmp_path / "profile", tmp_path / "work", tmp_path / "after"
    folder.mkdir()
    work.mkdir()
    file = ProfileFile(folder / "anna.profile.json", "demo", ["rest"], ProfileValues(gain={"elbow": 1.0}))
    file.save(ProfileState(version=0, author="Grete", values=ProfileValues(gain={"elbow": 0.0})))
    tried = set()
    for cut in cuts(*record(PROGRAM, folder, work)):
        cut.lay_out(after)
        left = ProfileFile(after / "anna.profile.json", "demo", ["rest"], ProfileValues(gain={"elbow": 1.0})).load()
        answered = int(cut.answered or 0)
        kept = left.values.gain["elbow"] * VERSIONS
        assert kept in {answered, answered + 1}, (cut.at, cut.lost)
        tried.add((cut.at, cut.lost))
    assert len({at for at, lost in tried if lost is Lost.ALL}) >= 5 * VERSIONS
