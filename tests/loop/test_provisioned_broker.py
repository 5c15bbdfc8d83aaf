"""What `efferent broker provision` makes, in the mosquitto that it is for: who gets in, and who may say what."""

import asyncio
import datetime
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path

import aiomqtt
import pytest

from cli.broker.certificates import broker_certificate, read_certified
from cli.main import main
from controller.contract.message import MAX_PAYLOAD_BYTES
from controller.contract.requests import StopRequest
from controller.contract.rights import RIGHTS, Role
from controller.stop_sender import StopSender
from tests.rigs.provisioned import Provisioned, free_port, provision, provisioned_broker

PATIENCE_S = 10.0
ARMS = ("left", "right")
TAILS = list(RIGHTS)
# Written down once more, by hand: who moves the arm, and what a person at a terminal gets to see.
ONLY_THE_CONTROLLER_WRITES = (
    "command",
    "signal",
    "controller/status",
    "profile",
    "profile/result",
    "emg",
    "calibration/state",
)
ONLY_THE_ARM_WRITES = ("state", "arm/status")
A_PERSON_READS = {"state", "controller/status", "arm/status", "mode/set", "stop", "event"}

pytestmark = [
    pytest.mark.mosquitto,
    # paho lets go of a socket whose handshake failed without closing it.
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    with provisioned_broker(tmp_path_factory.mktemp("broker"), "--arm", "left", "--arm", "right") as running:
        yield running


def client(broker: Provisioned, user: str, password: str | None = None) -> aiomqtt.Client:
    address = broker.address_of(user)
    return aiomqtt.Client(
        address.host,
        address.port,
        username=user,
        password=broker.password_of(user) if password is None else password,
        tls_context=ssl.create_default_context(cafile=str(address.ca_file)),
        timeout=PATIENCE_S,
    )


Said = tuple[str, str, str]  # who heard it, who said it, on which topic


async def everybody_says_everything(broker: Provisioned) -> set[Said]:
    """Let each client listen to all that there is, and publish on every topic of both arms."""
    users = [f"{arm}-{role.value}" for arm in ARMS for role in Role]
    heard: set[Said] = set()
    async with AsyncExitStack() as stack:
        clients = {user: await stack.enter_async_context(client(broker, user)) for user in users}
        for one in clients.values():
            for everything in ("#", "$SYS/#", "efferent/v1/+/command"):
                await one.subscribe(everything, qos=1)
        for user, one in clients.items():
            for arm, tail in product(ARMS, TAILS):
                await one.publish(f"efferent/v1/{arm}/{tail}", user.encode(), qos=1)
            await one.publish("efferent/v1/other/command", user.encode(), qos=1)
            await one.publish("elsewhere", user.encode(), qos=1, retain=True)
        for arm in ARMS:  # the last words, which everybody of the arm may hear
            await clients[f"{arm}-person"].publish(f"efferent/v1/{arm}/stop", b"end", qos=1)

        async def listen(user: str) -> None:
            async for message in clients[user].messages:
                payload = message.payload
                assert isinstance(payload, bytes)
                if payload == b"end":
                    return
                heard.add((user, payload.decode(), str(message.topic)))

        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(listen(user) for user in users))
    return heard


@pytest.fixture(scope="module")
def heard(broker: Provisioned) -> set[Said]:
    return asyncio.run(everybody_says_everything(broker))


def test_each_role_says_and_hears_what_its_rights_are_on_its_own_arm_and_nothing_else(heard: set[Said]) -> None:
    assert heard == {
        (f"{arm}-{reader}", f"{arm}-{writer}", f"efferent/v1/{arm}/{tail}")
        for arm in ARMS
        for tail, (writers, readers) in RIGHTS.items()
        for writer, reader in product(writers, readers)
    }


def test_only_the_controller_moves_the_arm_and_everybody_stops_it(heard: set[Said]) -> None:
    writers = {tail: {said for _, said, on in heard if on == f"efferent/v1/left/{tail}"} for tail in TAILS}
    for tail in ONLY_THE_CONTROLLER_WRITES:
        assert writers[tail] == {"left-controller"}, tail
    for tail in ONLY_THE_ARM_WRITES:
        assert writers[tail] == {"left-arm"}, tail
    assert writers["stop"] == {f"left-{role}" for role in ("controller", "arm", "clinic", "person")}
    for stopped in ("left-arm", "left-controller"):
        assert {said for by, said, on in heard if (by, on) == (stopped, "efferent/v1/left/stop")} == writers["stop"]


def test_a_person_at_a_terminal_sees_no_biosignal(heard: set[Said]) -> None:
    topics = {on.removeprefix("efferent/v1/left/") for by, _, on in heard if by == "left-person"}
    assert topics == A_PERSON_READS


@pytest.mark.parametrize("size", [MAX_PAYLOAD_BYTES + 1, MAX_PAYLOAD_BYTES + 2048])
async def test_what_is_too_large_reaches_nobody(broker: Provisioned, size: int) -> None:
    topic = "efferent/v1/left/event"
    async with client(broker, "left-person") as person, client(broker, "left-arm") as arm:
        await person.subscribe(topic, qos=1)
        try:
            await arm.publish(topic, bytes(size), qos=1, timeout=1.0)
        except aiomqtt.MqttError:
            pass  # it may be cut off, or left without an answer
        async with client(broker, "left-controller") as controller:
            await controller.publish(topic, bytes(MAX_PAYLOAD_BYTES), qos=1)
        async with asyncio.timeout(PATIENCE_S):
            first = await anext(aiter(person.messages))
    assert first.payload == bytes(MAX_PAYLOAD_BYTES)


@pytest.mark.parametrize("role", list(Role))
async def test_a_stop_line_stops_over_tls_with_the_credentials_of_each_role(broker: Provisioned, role: Role) -> None:
    topic = "efferent/v1/left/stop"
    sender = StopSender(broker.address_of(f"left-{role.value}"), topic)
    async with client(broker, "left-arm") as arm:
        await arm.subscribe(topic, qos=1)
        sender.start()
        try:
            sender.send("the button is pressed")  # at once, as a line does that is pressed at the start
            async with asyncio.timeout(PATIENCE_S):
                heard = await anext(aiter(arm.messages))
        finally:
            await asyncio.to_thread(sender.close)
    assert isinstance(heard.payload, bytes)
    assert StopRequest.model_validate_json(heard.payload) == StopRequest(by="stop line", reason="the button is pressed")


def stop(broker: Provisioned, options: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Type a stop of the left arm; return the exit code and what it said."""
    words = options.replace("MADE", str(broker.folder)).replace("PORT", str(broker.address_of("left-person").port))
    capsys.readouterr()
    code = main(["stop", "--arm", "left", *words.split()])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


LOGIN = "--username left-person --password-file MADE/left-person/password"
AUTHORITY = "--ca-file MADE/left-person/ca.pem"
REFUSED = {
    "nobody": (f"--broker mqtts://localhost:PORT {AUTHORITY}", "it wants to know who we are: set username"),
    "a wrong password": (
        f"--broker mqtts://localhost:PORT {AUTHORITY} --username left-person --password-file MADE/left-arm/password",
        "it refuses user 'left-person': check username and the password in MADE/left-arm/password",
    ),
    "a stranger": (
        f"--broker mqtts://localhost:PORT {AUTHORITY} --username stranger --password-file MADE/left-arm/password",
        "it refuses user 'stranger'",
    ),
    "no encryption": (f"--broker mqtt://127.0.0.1:PORT {LOGIN}", "does it ask for TLS (mqtts://)"),
    "an authority of somebody else": (
        f"--broker mqtts://localhost:PORT {LOGIN}",
        "its certificate was made by nobody that this system trusts",
    ),
    "a key that everybody can read": (
        f"--broker mqtts://localhost:PORT {AUTHORITY} --username left-person --password-file MADE/open",
        "is open to every user of this machine (mode 644): chmod 600",
    ),
    "an authority that is none": (
        f"--broker mqtts://localhost:PORT {LOGIN} --ca-file MADE/left-person/password",
        "the certificates in MADE/left-person/password cannot be used",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_who_is_refused_gets_a_sentence(broker: Provisioned, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    readable = broker.folder / "open"
    readable.write_text(broker.password_of("left-person"))
    readable.chmod(0o644)
    options, sentence = REFUSED[why]
    code, said = stop(broker, options, capsys)
    assert code == 2
    assert sentence.replace("MADE", str(broker.folder)) in said
    assert said.count("\n") == 1
    assert broker.password_of("left-person") not in said


def test_a_stop_that_the_broker_keeps_to_itself_does_not_look_like_one(
    broker: Provisioned, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = stop(broker, "--broker-config MADE/right-person/broker.toml", capsys)
    assert code == 1
    assert said.startswith("NOT CONFIRMED: the broker at mqtts://localhost")
    assert "user 'right-person' may not send it" in said


def test_a_stop_that_is_passed_on_says_that_no_controller_answered(
    broker: Provisioned, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EFFERENT_BROKER_CONFIG", str(broker.file_of("left-person")))
    assert stop(broker, "", capsys) == (1, "sent, but no controller of arm 'left' answered within 2 s\n")


def test_an_arm_with_the_credentials_of_another_part_is_told_so(
    broker: Provisioned, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["arm", "--broker-config", str(broker.file_of("left-person"))]) == 2  # an arm of the name 'demo'
    said = capsys.readouterr().err
    assert "it does not pass on what user 'left-person' says on efferent/v1/demo/arm/status" in said
    assert "use the credentials that were made for this arm" in said


def certified_by_hand(hosts: list[str], now: datetime.datetime, folder: Path) -> None:
    authority = read_certified((folder / "authority/ca.pem").read_bytes(), (folder / "authority/ca.key").read_bytes())
    own = broker_certificate(authority, hosts, now, 30)
    (folder / "broker/broker.key").write_bytes(own.key_pem)
    (folder / "broker/broker.pem").write_bytes(own.certificate_pem)


NOW = datetime.datetime.now(datetime.UTC)
YEAR = datetime.timedelta(days=365)


@pytest.mark.parametrize(
    ("hosts", "when", "sentence"),
    [
        (["localhost"], NOW - YEAR, "its certificate has expired: make a new one with 'efferent broker provision"),
        (["localhost"], NOW + YEAR, "its certificate is not valid yet: set the clock of this machine"),
        (["arm.local"], NOW, "its certificate is not for 'localhost': use a name that stands in it"),
        (["10.0.0.9"], NOW, "its certificate is not for 'localhost'"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused(
    tmp_path: Path, hosts: list[str], when: datetime.datetime, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with provisioned_broker(
        tmp_path, "--arm", "left", spoil=lambda made: certified_by_hand(hosts, when, made)
    ) as broker:
        code, said = stop(broker, "--broker-config MADE/left-person/broker.toml", capsys)
    assert code == 2
    assert sentence in said
    assert said.count("\n") == 1


def test_a_broker_of_another_authority_is_refused(
    broker: Provisioned, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert provision(tmp_path / "other", "--arm", "left") == 0
    code, said = stop(
        broker, f"--broker mqtts://localhost:PORT {LOGIN} --ca-file {tmp_path}/other/left-arm/ca.pem", capsys
    )
    assert code == 2
    assert f"its certificate was made by nobody that {tmp_path}/other/left-arm/ca.pem holds" in said


def test_old_versions_of_tls_are_refused(broker: Provisioned) -> None:
    address = broker.address_of("left-person")
    context = ssl.create_default_context(cafile=str(address.ca_file))
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", address.port)) as plain, pytest.raises(ssl.SSLError, match="VERSION"):
        context.wrap_socket(plain, server_hostname="localhost")


def test_a_port_that_speaks_no_tls_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as closing:
        closing.settimeout(PATIENCE_S)

        async def answer() -> int:
            async def serve() -> None:
                connection, _ = await asyncio.to_thread(closing.accept)
                connection.sendall(b"220 mail.example ready\r\n")
                connection.close()

            serving = asyncio.create_task(serve())
            code = await asyncio.to_thread(main, ["stop", "--broker", f"mqtts://localhost:{port}"])
            await serving
            return code

        assert asyncio.run(answer()) == 2
    assert "no TLS connection came about" in capsys.readouterr().err


def test_with_client_certificates_a_password_alone_is_not_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with provisioned_broker(tmp_path, "--arm", "left", "--client-certificates") as broker:
        passed = stop(broker, "--broker-config MADE/left-person/broker.toml", capsys)
        login = f"--broker mqtts://localhost:PORT {LOGIN} {AUTHORITY}"
        without = stop(broker, login, capsys)
        # The key of one and the certificate of another.
        mixed = stop(
            broker,
            f"{login} --certificate-file MADE/left-person/client.pem --key-file MADE/left-arm/client.key",
            capsys,
        )
        # A certificate for brokers shown by a client.
        wrong_use = stop(
            broker, f"{login} --certificate-file MADE/broker/broker.pem --key-file MADE/broker/broker.key", capsys
        )
    assert passed == (1, "sent, but no controller of arm 'left' answered within 2 s\n")
    assert without[0] == mixed[0] == wrong_use[0] == 2
    # The broker closes right after it has said why, and what it said may be lost on the way: then it is a question.
    assert re.search("asks? for a client certificate.* certificate_file and key_file", without[1])
    assert re.search("refuses? our certificate", wrong_use[1])
    assert "cannot be used together" in mixed[1]
    assert all(said.count("\n") == 1 for _, said in (without, mixed, wrong_use))
