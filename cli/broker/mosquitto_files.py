"""The text of mosquitto's files: its configuration and its access list."""

from pathlib import PurePath

from controller.contract.message import MAX_PAYLOAD_BYTES
from controller.contract.rights import RIGHTS, Role
from controller.contract.topics import PREFIX, Topics

# Topic and header of a packet around the largest payload.
MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 1024

CONFIGURATION = """\
# Made by `efferent broker provision`: TLS, a password for each client, rights by topic.
# Start: mosquitto -c {folder}/mosquitto.conf

listener {listener}
certfile {folder}/broker.pem
keyfile {folder}/broker.key
# The oldest version that is spoken.
tls_version tlsv1.2
{client_certificates}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl

# No message of the contract is larger; whoever sends a larger packet is cut off.
message_size_limit {message_bytes}
max_packet_size {packet_bytes}
# An arm, a controller and some watchers each. Beyond it nobody gets in, and the broker keeps its memory.
max_connections 100
# A client that has gone is noticed, and its last will sent, after one and a half times this many seconds at the latest.
max_keepalive 60

# Without it QoS 0 stalls 31-36 ms after every connect: Nagle's algorithm against delayed acknowledgement.
set_tcp_nodelay true
# Nothing that moves an arm may outlive the broker's process; status and profile are sent again by who owns them.
persistence false
# A client that is away gets nothing later: a command must not wait for the arm to come back.
queue_qos0_messages false
max_queued_messages 100
sys_interval 0

# Who came and who was refused. mosquitto writes no password.
log_dest stderr
log_type error
log_type warning
log_type notice
"""
CLIENT_CERTIFICATES = """
# Before a password is asked for, a client shows a certificate of our authority.
cafile {folder}/ca.pem
require_certificate true
"""
ACL_HEAD = """\
# Made by `efferent broker provision`. A right that is not given here is refused, silently: that is MQTT's way.
# Only a controller moves its arm; everybody of an arm may stop it.
"""


def configuration(folder: PurePath, port: int, bind: str, *, client_certificates: bool) -> str:
    """Return mosquitto.conf; `folder`: where the files are on the broker's machine, `bind`: one address, '' for all."""
    asking = CLIENT_CERTIFICATES.format(folder=folder) if client_certificates else ""
    return CONFIGURATION.format(
        folder=folder,
        listener=f"{port} {bind}".rstrip(),
        client_certificates=asking,
        message_bytes=MAX_PAYLOAD_BYTES,
        packet_bytes=MAX_PACKET_BYTES,
    )


def access_of(arm: str, role: Role) -> str:
    """Return the lines that give one user its rights on one arm."""
    prefix = f"{PREFIX}/{Topics(arm).arm}"
    lines = [f"user {username(arm, role)}"]
    for tail, (writers, readers) in RIGHTS.items():
        rights = {(True, True): "readwrite", (True, False): "write", (False, True): "read"}
        if right := rights.get((role in writers, role in readers)):
            lines.append(f"topic {right} {prefix}/{tail}")
    return "\n".join(lines) + "\n"


def username(arm: str, role: Role) -> str:
    """Return the name that one part of one arm logs in with; the role is what stands after the last hyphen."""
    return f"{arm}-{role.value}"
