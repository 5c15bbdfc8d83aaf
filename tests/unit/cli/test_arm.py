from pathlib import Path

import pytest

from cli.main import main


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--thing", "block"], "--thing, --fault, --picture and --film need an arm with mass: add --physics"),
        (["--physics", "--fault", "stuck=knee"], "expected a fault of the arm, stuck=JOINT (elbow, wrist_rotation"),
        (["--physics", "nowhere.toml"], "expected a configuration file at nowhere.toml"),
        (["--physics", "configs/arms/physical/transradial.toml"], "this physical table belongs to another arm"),
    ],
)
def test_what_does_not_fit_ends_with_a_sentence(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    assert main(["arm", *options]) == 2
    assert says in capsys.readouterr().err
