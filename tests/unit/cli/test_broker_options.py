import argparse
from pathlib import Path

import pytest

from cli.broker_options import CONFIG_VARIABLE, add_broker_arguments, broker_address
from cli.errors import UsageError
from controller.broker_address import BrokerAddress
from controller.config_file import MAX_BYTES
from controller.errors import ConfigError

HIDDEN = "correct-horse"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "broker.toml"
    file.write_text('[broker]\nurl = "mqtts://localhost"\nusername = "anna"\npassword_file = "password"\n')
    return file


def options(arguments: str = "") -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_broker_arguments(parser)
    return parser.parse_args(arguments.split())


def test_without_anything_it_is_this_machine() -> None:
    assert broker_address(options()) == BrokerAddress()


def test_each_option_has_its_place() -> None:
    words = "--broker mqtts://arm.local --username anna --password-file p --ca-file a --certificate-file c --key-file k"
    address = broker_address(options(words))
    assert address.model_dump() == {
        "url": "mqtts://arm.local",
        "username": "anna",
        "password_file": Path("p"),
        "ca_file": Path("a"),
        "certificate_file": Path("c"),
        "key_file": Path("k"),
        "connect_timeout_s": 5.0,
    }


def test_a_file_says_all_of_it_and_its_files_stand_beside_it(file: Path) -> None:
    address = broker_address(options(f"--broker-config {file}"))
    assert (address.username, address.password_file) == ("anna", file.parent / "password")


def test_the_environment_is_asked_last_and_never_before_a_configuration(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    assert broker_address(options()).username == "anna"
    assert broker_address(options("--broker mqtt://localhost")).username is None
    assert broker_address(options(), BrokerAddress(url="mqtt://localhost:5")).port == 5


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, "")
    assert broker_address(options()) == BrokerAddress()


def test_a_file_and_options_do_not_mix(file: Path) -> None:
    with pytest.raises(UsageError, match="leave the other broker options out"):
        broker_address(options(f"--broker-config {file} --username bert"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "broker: is missing"),
        ('[broker]\npassword = "correct-horse"\n', "broker.password: unknown key; is it misspelt?"),
        ('[broker]\nurl = "mqtts://anna:correct-horse@arm"\n', "put the user into `username`"),
        ('broker = "correct-horse"\n', "broker: Input should be a valid dictionary"),
        ("[broker\n", "is not valid TOML"),
        ("#" * (MAX_BYTES + 1), f"is larger than {MAX_BYTES} bytes"),
    ],
)
def test_a_faulty_file_is_a_sentence_without_a_secret(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        broker_address(options(f"--broker-config {file}"))
    assert sentence in str(caught.value)
    assert HIDDEN not in str(caught.value)


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(ConfigError, match="larger than"):
        broker_address(options("--broker-config /dev/zero"))
