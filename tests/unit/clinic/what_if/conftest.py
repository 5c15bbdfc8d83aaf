from pathlib import Path

import pytest

from controller.config import RunConfig
from controller.decoders.model import Model
from tests.unit.clinic.what_if.persons import fitted, run_config


@pytest.fixture(scope="session")
def model() -> Model:
    return fitted()


@pytest.fixture
def config(tmp_path: Path, model: Model) -> RunConfig:
    return run_config(tmp_path, model)
