"""Why a broker could not be reached or refused us, in one sentence that says what to do."""

import ssl

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from controller.broker_address import BrokerAddress

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
NOT_YET_VALID, EXPIRED, HOST_NAME_MISMATCH, ADDRESS_MISMATCH = 9, 10, 62, 64
# Answers of MQTT 3.1.1 (4, 5) as paho names them (134, 135, after MQTT 5): bad user or password, not authorised.
REFUSED_US = (4, 5, 134, 135)


class NotPassedOnError(aiomqtt.MqttError):
    """The broker took a message of ours and gave it to nobody: its access list does not let us say that."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"it does not pass on what we say on {topic}")
        self.topic = topic


def connection_sentence(address: BrokerAddress, error: BaseException, last_words: str | None = None) -> str:
    """Return the sentence for an error of connecting.

    `last_words`: what was heard of the connection when the broker hung up without an answer, maybe nothing; None: it
    did not.
    """
    return f"expected an MQTT broker at {address.url}, but {_reason_and_advice(address, error, last_words)}"


def _reason_and_advice(address: BrokerAddress, error: BaseException, last_words: str | None) -> str:
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a file of ours; it says itself what to do
        return f"connecting failed ({error})"
    # aiomqtt raises its own error "from None"; what it caught is still its context.
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    if isinstance(error, NotPassedOnError):
        return (
            f"it does not pass on what {_who(address)} says on {error.topic}: use the credentials that were made for "
            "this arm and this part of it ('efferent broker provision')"
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _certificate_fault(address, cause)
    if isinstance(cause, ssl.SSLError):
        return _tls_fault(address, cause.reason or str(cause))
    if isinstance(error, aiomqtt.MqttCodeError) and _code(error) in REFUSED_US:
        if address.username is None:
            return "it wants to know who we are: set username and password_file"
        return (
            f"it refuses {_who(address)}: check username and the password in {address.password_file}; the broker reads "
            "new passwords when it is restarted or gets SIGHUP"
        )
    if last_words is not None and "ALERT" in last_words:  # TLS 1.3 tells only after the handshake
        return _tls_fault(address, last_words)
    if last_words is not None:
        return f"it hung up without an answer: {_perhaps(address)}, or has it too many connections?"
    return (
        f"connecting failed ({str(error) or type(error).__name__}); "
        "start one with 'efferent broker' or set [broker] url"
    )


def _certificate_fault(address: BrokerAddress, error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code == EXPIRED:
        return "its certificate has expired: make a new one with 'efferent broker provision --renew' and restart it"
    if code == NOT_YET_VALID:
        return "its certificate is not valid yet: set the clock of this machine"
    if code in (HOST_NAME_MISMATCH, ADDRESS_MISMATCH):
        return (
            f"its certificate is not for '{address.host}': use a name that stands in it, or make one with "
            f"'efferent broker provision --renew --host {address.host}'"
        )
    trusted = "this system trusts" if address.ca_file is None else f"{address.ca_file} holds"
    return (
        f"its certificate was made by nobody that {trusted} ({error.verify_message}): set ca_file to the ca.pem that "
        "was provisioned with it; if it is, somebody else answers there"
    )


def _tls_fault(address: BrokerAddress, reason: str) -> str:
    if "ALERT" not in reason:
        return f"no TLS connection came about ({reason}): is that an mqtts:// port?"
    if address.certificate_file is None:
        return "it asks for a client certificate: set certificate_file and key_file"
    return (
        f"it refuses our certificate ({reason}): check that {address.certificate_file} was made for this client by the "
        "broker's authority, and has not expired"
    )


def _perhaps(address: BrokerAddress) -> str:
    """Ask what it may be; a broker that closes at once can take the words with it in which TLS would have told."""
    if not address.uses_tls:
        return "does it ask for TLS (mqtts://)"
    if address.certificate_file is None:
        return "does it ask for a client certificate (certificate_file and key_file)"
    return f"does it refuse our certificate ({address.certificate_file})"


def _who(address: BrokerAddress) -> str:
    return f"user '{address.username}'" if address.username else "us"


def _code(error: aiomqtt.MqttCodeError) -> int:
    return error.rc.value if isinstance(error.rc, ReasonCode) else int(error.rc or 0)
