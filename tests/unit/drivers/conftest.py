import numpy as np
import pytest

from drivers.recordings.recording import Recording
from drivers.source import StreamInfo, Unit


@pytest.fixture
def recording() -> Recording:
    """Two sessions of 300 samples at 1 kHz; each sample holds its row number."""
    rows = np.arange(600)
    return Recording(
        info=StreamInfo("bench", 2, 1000.0, Unit.MICROVOLT, ("biceps", "triceps"), "unit 3"),
        samples=np.repeat(rows.astype(np.float64).reshape(-1, 1), 2, axis=1),
        class_names=("rest", "fist"),
        class_of_sample=rows // 50 % 2,
        repetition=1 + rows // 100 % 3,
        session=1 + rows // 300,
        segment=rows // 300,
    )
