from pydantic import ValidationError

from cli.errors import UsageError
from controller.broker_address import BrokerAddress


def broker_address(url: str) -> BrokerAddress:
    """Return the address behind `--broker`; raises `UsageError` when it is none."""
    try:
        return BrokerAddress(url=url)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"--broker: {message}") from error
