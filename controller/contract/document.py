"""The contract as an AsyncAPI document, made from the messages themselves: docs/contract/asyncapi.json."""

from typing import Any

from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.calibration import CalibrationRequest, CalibrationState
from controller.contract.calibration_result import CalibrationResult
from controller.contract.command import Command
from controller.contract.emg import EmgBlock, WatchRequest
from controller.contract.message import Message
from controller.contract.requests import (
    EventReport,
    ModeRequest,
    ProfileChange,
    ProfileConfirm,
    ProfileResult,
    ProfileState,
    StopRequest,
)
from controller.contract.signal import SignalReport
from controller.contract.status import ControllerStatus
from controller.contract.topics import Topics

# Property of `Topics`, payload, who publishes, QoS, retained.
CHANNELS: tuple[tuple[str, type[Message], str, int, bool], ...] = (
    ("command", Command, "controller", 0, False),
    ("state", ArmState, "arm", 0, False),
    ("controller_status", ControllerStatus, "controller", 1, True),
    ("arm_status", ArmStatus, "arm", 1, True),
    ("signal", SignalReport, "controller", 0, False),
    ("profile", ProfileState, "controller", 1, True),
    ("profile_set", ProfileChange, "clinic", 1, False),
    ("profile_result", ProfileResult, "controller", 1, False),
    ("profile_confirm", ProfileConfirm, "clinic", 1, False),
    ("emg", EmgBlock, "controller", 0, False),
    ("emg_set", WatchRequest, "clinic", 1, False),
    ("calibration_set", CalibrationRequest, "clinic", 1, False),
    ("calibration_state", CalibrationState, "controller", 1, True),
    ("calibration_result", CalibrationResult, "controller", 1, True),
    ("mode_set", ModeRequest, "clinic", 1, False),
    ("stop", StopRequest, "anyone", 1, False),
    ("event", EventReport, "any", 1, False),
)


def contract_document(version: str) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of the whole contract."""
    topics = Topics("arm")
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for name, kind, sender, qos, retained in CHANNELS:
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[kind.__name__] = schema
        channels[name] = {
            "address": getattr(topics, name).replace("/arm/", "/{arm}/", 1),
            "parameters": {"arm": {"description": "name of the arm"}},
            "messages": {kind.__name__: {"payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}},
        }
        operations[f"{sender}_{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": f"sent by: {sender}",
            "bindings": {"mqtt": {"qos": qos, "retain": retained, "bindingVersion": "0.2.0"}},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Efferent MQTT contract", "version": version, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas},
    }
