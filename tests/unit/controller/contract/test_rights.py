from pathlib import Path

from controller.contract.rights import EVERYONE, RIGHTS, Role
from controller.contract.topics import Topics

ARM = Topics("left")
TAILS = {
    getattr(ARM, name).removeprefix("efferent/v1/left/")
    for name, value in vars(Topics).items()
    if isinstance(value, property)
}


def test_every_topic_has_writers_and_readers_and_no_other_has() -> None:
    assert set(RIGHTS) == TAILS
    assert all(writers and readers for writers, readers in RIGHTS.values())


def test_everybody_may_stop_and_only_the_controller_commands() -> None:
    assert RIGHTS["stop"] == (EVERYONE, EVERYONE)
    assert RIGHTS["command"][0] == {Role.CONTROLLER}
    assert {Role.ARM} == RIGHTS["state"][0]


def test_who_must_learn_whether_its_words_are_passed_on_reads_them() -> None:
    for tail in ("controller/status", "arm/status", "stop", "mode/set"):
        writers, readers = RIGHTS[tail]
        assert writers <= readers


def test_the_table_in_the_documentation_is_the_one_in_force() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs/contract/README.md").read_text(encoding="utf-8")
    rows = page.split("\n## Rights\n")[1].split("\n## ")[0].splitlines()
    table = {}
    for row in rows:
        if row.startswith("| `"):
            topic, *cells = (cell.strip() for cell in row.strip("|").split("|"))
            table[topic.strip("`")] = cells
    assert table == {
        tail: [" ".join("w" * (role in writers) + "r" * (role in readers)) for role in Role]
        for tail, (writers, readers) in RIGHTS.items()
    }
