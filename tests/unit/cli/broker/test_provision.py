"""What `efferent broker provision` writes, keeps and refuses; whether it works is shown in tests/loop."""

import datetime
import stat
import tomllib
from pathlib import Path

import pytest

from cli.broker.certificates import AUTHORITY_DAYS, client_certificate, end_of, new_authority
from cli.main import main
from controller.config_file import load_broker
from controller.contract.rights import Role


def provision(folder: Path, arguments: str = "") -> int:
    return main(
        ["broker", "provision", "--out", str(folder), *(word.replace("\\n", "\n") for word in arguments.split())]
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    assert provision(tmp_path / "made", "--arm left --host arm.local --host 192.168.7.2") == 0
    return tmp_path / "made"


def test_everything_is_for_its_owner_only(made: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (made, *made.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_every_client_gets_an_address_that_can_be_used(made: Path) -> None:
    passwords = set()
    for role in Role:
        address = load_broker(made / f"left-{role.value}/broker.toml")
        assert (address.host, address.port, address.uses_tls) == ("arm.local", 8883, True)
        assert address.username == f"left-{role.value}"
        assert address.ca_file == made / f"left-{role.value}/ca.pem"
        passwords.add(address.read_password())
    assert len(passwords) == len(Role)
    assert all(password is not None and len(password) == 43 for password in passwords)


def test_no_password_leaves_its_own_file(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert provision(made) == 0
    said = capsys.readouterr().out.encode()
    files = contents(made)
    for role in Role:
        password = files[f"left-{role.value}/password"].strip()
        assert password not in said
        assert [name for name, data in files.items() if password in data] == [f"left-{role.value}/password"]


def test_what_is_printed_can_be_pasted(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert provision(made) == 0
    section = tomllib.loads("[broker]" + capsys.readouterr().out.split("[broker]")[-1])["broker"]
    assert section == {
        "url": "mqtts://arm.local:8883",
        "username": "left-controller",
        "password_file": f"{made}/left-controller/password",
        "ca_file": f"{made}/left-controller/ca.pem",
    }


def test_it_says_when_certificates_end(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert provision(made) == 0
    said = capsys.readouterr().out
    for file in ("authority/ca.pem", "broker/broker.pem"):
        assert f"good until {end_of((made / file).read_bytes()):%Y-%m-%d}" in said
    assert "SOON" not in said
    assert provision(made, "--renew --days 30") == 0
    assert "SOON: --renew" in capsys.readouterr().out


def test_a_second_call_changes_nothing(made: Path) -> None:
    before = contents(made)
    assert provision(made) == 0
    assert provision(made, "--arm left --host arm.local --host 192.168.7.2 --port 8883") == 0
    assert contents(made) == before


def test_an_arm_is_added_and_what_was_there_stays_also_what_was_added_by_hand(made: Path) -> None:
    for name in ("acl", "passwords"):
        with (made / "broker" / name).open("a") as file:
            file.write("\nuser own\n" if name == "acl" else "own:$7$101$x$y\n")
    before = contents(made)
    assert provision(made, "--arm right") == 0
    after = contents(made)
    for name, data in before.items():
        if name in ("broker/acl", "broker/passwords"):
            assert after[name].startswith(data)
        elif name != "provisioned.json":
            assert after[name] == data
    assert after["broker/acl"].count(b"user right-controller\n") == 1
    assert after["broker/passwords"].count(b"right-arm:") == 1
    assert b"user left-controller\ntopic write efferent/v1/left/command" in after["broker/acl"]


def test_what_is_missing_after_a_call_that_was_cut_short_is_filled_in(made: Path) -> None:
    before = contents(made)
    for name in ("left-arm/broker.toml", "broker/broker.pem", "broker/mosquitto.conf", "provisioned.json"):
        (made / name).unlink()
    assert provision(made, "--arm left --host arm.local --host 192.168.7.2") == 0
    after = contents(made)
    assert set(after) == set(before)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"broker/broker.pem", "broker/broker.key"}


def test_renewing_the_broker_leaves_its_clients_alone(made: Path) -> None:
    before = contents(made)
    assert provision(made, "--renew --host arm.local --host 10.0.0.9") == 0
    after = contents(made)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"broker/broker.pem", "broker/broker.key", "broker/passwords", "provisioned.json"}


def test_renewing_all_makes_every_secret_anew(made: Path) -> None:
    before = contents(made)
    assert provision(made, "--renew all") == 0
    after = contents(made)
    same = {name for name in before if before[name] == after[name]}
    text = {f"left-{role.value}/broker.toml" for role in Role}
    assert same == {"broker/acl", "broker/mosquitto.conf", "provisioned.json", *text}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--host other.local", "hosts: another than this folder was made for; --renew overwrites its files"),
        ("--port 9000", "port: another than this folder was made for"),
        ("--client-certificates", "client_certificates: another than"),
        ("--renew --host other.local", "hosts: this changes the files of every client: --renew all"),
        ("--host *.local", "--host: expected a host name or an address, without port or wildcard"),
        ("--host arm.local:8883", "--host: expected a host name"),
        ("--host 300.1.1.1", "--host: expected a host name"),
        ("--host evil\\nallow_anonymous", "--host: expected a host name"),
        ("--arm Left/../x", "--arm: String should match pattern"),
        ("--port 0", "--port: Input should be greater than or equal to 1"),
        ("--days 0", "--days: Input should be greater than or equal to 1"),
        ("--installed-at here", "--installed-at takes a whole path"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(
    made: Path, arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(made)
    assert provision(made, arguments) == 2
    assert sentence in capsys.readouterr().err
    assert contents(made) == before


@pytest.mark.parametrize("name", ["authority/ca.pem", "authority/ca.key", "broker/broker.pem", "provisioned.json"])
@pytest.mark.parametrize("damage", [b"", b"\xff\x00 not what was there"])
def test_damaged_files_are_named(made: Path, name: str, damage: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (made / name).write_bytes(damage)
    assert provision(made) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(made) in said


def test_a_folder_that_others_look_into_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    assert provision(folder) == 2
    assert f"chmod 700 {folder}" in capsys.readouterr().err
    assert not contents(folder)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert provision(tmp_path / "file") == 2
    assert "expected a folder" in capsys.readouterr().err


def test_without_a_host_it_is_for_this_machine_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert provision(tmp_path / "made") == 0
    assert "for others name it: --host NAME --renew all" in capsys.readouterr().out
    assert "listener 8883 127.0.0.1\n" in (tmp_path / "made/broker/mosquitto.conf").read_text()
    assert load_broker(tmp_path / "made/demo-arm/broker.toml").url == "mqtts://localhost:8883"


def test_with_a_host_it_listens_for_all(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert provision(made) == 0
    assert "for others name it" not in capsys.readouterr().out
    assert "listener 8883\n" in (made / "broker/mosquitto.conf").read_text()


def test_an_address_of_version_6_makes_a_url(tmp_path: Path) -> None:
    assert provision(tmp_path / "made", "--host fd00::7") == 0
    assert load_broker(tmp_path / "made/demo-arm/broker.toml").host == "fd00::7"


def test_nothing_outlives_its_authority() -> None:
    now = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    authority = new_authority(now)
    late = now + datetime.timedelta(days=AUTHORITY_DAYS - 10)
    own = client_certificate(authority, "left-arm", late, 3650)
    assert own.certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc
