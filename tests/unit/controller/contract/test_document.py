import json
from pathlib import Path

from controller.contract.document import CHANNELS, contract_document
from controller.contract.topics import Topics

PAGE = Path(__file__).resolve().parents[4] / "docs/contract/asyncapi.json"


def test_the_published_document_is_the_contract() -> None:
    # After a change of the contract: uv run python docs/contract/write.py (see CONTRIBUTING.md).
    assert json.loads(PAGE.read_text()) == contract_document("1")


def test_every_topic_is_documented() -> None:
    properties = {name for name, value in vars(Topics).items() if isinstance(value, property)}
    assert properties == {name for name, *_ in CHANNELS}


def test_a_command_is_never_retained() -> None:
    assert [(qos, retained) for name, _, _, qos, retained in CHANNELS if name == "command"] == [(0, False)]
