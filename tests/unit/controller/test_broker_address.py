from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.broker_address import MAX_PASSWORD_BYTES, BrokerAddress
from controller.broker_tls import tls_context

HIDDEN = "correct-horse"


def fault_of(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        BrokerAddress.model_validate(fields)
    assert HIDDEN not in str(caught.value)
    return str(caught.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"url": "mqtt://localhost"},
        {"url": "mqtt://[::1]:1884"},
        {"url": "mqtt://127.8.9.1", "username": "anna", "password_file": "p"},
        {"url": "mqtts://localhost"},
        {"url": "mqtts://arm.local", "username": "anna", "password_file": "p", "ca_file": "ca.pem"},
        {"url": "mqtts://10.0.0.4:9000", "certificate_file": "c", "key_file": "k"},
    ],
)
def test_what_can_be_used(fields: dict[str, str]) -> None:
    BrokerAddress.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "mqtt://arm.local", "username": "a"}, "'arm.local' is another machine: use mqtts://"),
        ({"url": "mqtt://0.0.0.0"}, "is another machine: use mqtts://"),
        ({"url": "mqtt://localhost.evil.org"}, "is another machine: use mqtts://"),
        ({"url": "mqtts://arm.local"}, "is another machine and must know who asks: set `username` and `password_file`"),
        ({"url": "http://localhost"}, "expected mqtt://host:port"),
        ({"url": "mqtts://"}, "expected mqtt://host:port"),
        ({"url": "mqtts://localhost/topic"}, "expected mqtt://host:port"),
        ({"url": "mqtt://localhost:70000"}, "expected a port from 0 to 65535"),
        ({"url": f"mqtts://anna:{HIDDEN}@arm.local"}, "put the user into `username`"),
        ({"url": f"http://anna:{HIDDEN}@arm.local"}, "put the user into `username`"),
        ({"url": f"anna:{HIDDEN}@[arm"}, "put the user into `username`"),
        ({"password_file": "p"}, "`password_file` needs a `username`"),
        ({"url": "mqtts://localhost", "key_file": "k"}, "belong together"),
        ({"url": "mqtts://localhost", "certificate_file": "c"}, "belong together"),
        ({"url": "mqtt://localhost", "ca_file": "c"}, "certificates are for mqtts://"),
        ({"username": "a\nb"}, "String should match pattern"),
        ({"username": ""}, "at least 1 character"),
        ({"password": HIDDEN}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_without_a_secret(fields: dict[str, str], sentence: str) -> None:
    assert sentence in fault_of(**fields)


@given(st.text(max_size=60))
def test_no_url_is_more_than_a_fault(text: str) -> None:
    try:
        address = BrokerAddress(url=text)
    except ValidationError:
        return
    assert address.host
    assert 0 <= address.port <= 65535


def with_password(folder: Path, data: bytes, mode: int = 0o600) -> BrokerAddress:
    file = folder / "password"
    file.write_bytes(data)
    file.chmod(mode)
    return BrokerAddress(username="anna", password_file=file)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_the_password_is_what_stands_in_the_file(tmp_path: Path, ending: bytes) -> None:
    assert with_password(tmp_path, f" {HIDDEN} ü".encode() + ending).read_password() == f" {HIDDEN} ü"
    assert BrokerAddress().read_password() is None


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o601, 0o777])
def test_a_password_that_everybody_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match=rf"open to every user of this machine \(mode {mode:03o}\): chmod 600"):
        with_password(tmp_path, HIDDEN.encode(), mode).read_password()


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640])
def test_a_group_may_share_one(tmp_path: Path, mode: int) -> None:
    assert with_password(tmp_path, HIDDEN.encode(), mode).read_password() == HIDDEN


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", f"{HIDDEN}\nsecond".encode(), b"\xff\xfe" + HIDDEN.encode(), b"x" * (MAX_PASSWORD_BYTES + 1), b"a\0b"],
)
def test_what_is_no_password_is_refused_without_being_repeated(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="expected the password alone") as caught:
        with_password(tmp_path, data).read_password()
    assert HIDDEN not in str(caught.value)


def test_a_password_file_that_is_none_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "none", tmp_path, Path("/dev/zero")):
        with pytest.raises(ValueError, match=f"the password in {file}"):
            BrokerAddress(username="anna", password_file=file).read_password()


def test_the_name_is_checked_and_old_versions_are_not_spoken() -> None:
    context = tls_context(BrokerAddress(url="mqtts://localhost"))
    assert context.check_hostname
    assert (context.verify_mode.name, context.minimum_version.name) == ("CERT_REQUIRED", "TLSv1_2")


def test_a_key_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("")
    key.chmod(0o644)
    with pytest.raises(ValueError, match=r"the key in .* is open to every user"):
        tls_context(BrokerAddress(url="mqtts://localhost", certificate_file=key, key_file=key))


def test_files_are_relative_to_where_they_are_named() -> None:
    address = BrokerAddress(url="mqtts://localhost", username="a", password_file=Path("p"), ca_file=Path("/etc/ca.pem"))
    moved = address.relative_to(Path("/folder"))
    assert (moved.password_file, moved.ca_file, moved.key_file) == (Path("/folder/p"), Path("/etc/ca.pem"), None)
