import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.calibration.batch import stream_decisions
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.fits.kinds import FITS
from controller.calibration.training import Choices
from controller.decoders.model import Model
from controller.decoders.model_file import ARRAYS, MAX_BYTES, load_model, save_model
from controller.errors import ModelError
from controller.step import control_step
from drivers.source import StreamInfo, Unit
from tests.unit.controller.streams import CLASSES, MOTIONS, labelled_noise


@pytest.fixture(scope="module", params=FITS)
def model(request: pytest.FixtureRequest) -> Model:
    return fit_model(
        labelled_noise(), FitSettings(decoder=request.param, settle_ms=100.0, choices=Choices(MOTIONS)), "noise"
    )


def same(one: Model, other: Model) -> bool:
    return (
        one.facts == other.facts
        and all((getattr(one, name) == getattr(other, name)).all() for name in ARRAYS)
        and set(one.decoder) == set(other.decoder)
        and all((array == other.decoder[name]).all() for name, array in one.decoder.items())
    )


def test_comes_back_as_it_was_saved(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    assert same(loaded, model)


def test_decides_the_same_after_loading(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "m.npz")
    decided = [
        stream_decisions(control_step(one, MOTIONS.directions(CLASSES), [1.0] * 3, 0.6, 300.0), labelled_noise())
        for one in (model, load_model(tmp_path / "m.npz"))
    ]
    assert (decided[0].scores == decided[1].scores).all()
    assert (decided[0].direction == decided[1].direction).all()


def test_keeps_the_model_that_stood_there_before(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    save_model(model, path)
    other = dataclasses.replace(model, facts=model.facts.model_copy(update={"trained_on": "later"}))
    save_model(other, path)
    assert load_model(path).facts.trained_on == "later"
    assert load_model(tmp_path / "m.npz.previous").facts.trained_on == "noise"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m.npz", "m.npz.previous"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_refused_or_unharmed(model: Model, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "m.npz"
    save_model(model, path)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    path.write_bytes(content)
    try:
        loaded = load_model(path)
    except ModelError:
        pass
    else:
        assert same(loaded, model)


def test_other_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="found none; make one with: efferent calibrate"):
        load_model(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(ModelError, match="is not a model"):
        load_model(tmp_path / "text.npz")
    np.savez(tmp_path / "foreign.npz", x=np.zeros(3))
    with pytest.raises(ModelError, match="is not a model"):
        load_model(tmp_path / "foreign.npz")
    with (tmp_path / "huge.npz").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ModelError, match="larger than any model"):
        load_model(tmp_path / "huge.npz")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, facts=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "pickle.npz").write_bytes(buffer.getvalue())
    with pytest.raises(ModelError, match="is not a model"):
        load_model(tmp_path / "pickle.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effort_low": np.full(3, np.nan)}, "no number"),
        ({"sections": np.zeros((2, 5))}, "filter sections"),
        ({"threshold": np.zeros(2)}, "array 'threshold' has shape"),
        ({"decoder": {}}, "has shape None"),
        ({"speed_sections": np.zeros((2, 5))}, "filter sections"),
        ({"speed_sections": np.full((1, 6), 0.5)}, "facts and its filters disagree"),
    ],
)
def test_arrays_that_do_not_fit_the_facts_are_refused(
    model: Model, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    save_model(dataclasses.replace(model, **change), tmp_path / "m.npz")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=message):
        load_model(tmp_path / "m.npz")


def test_every_array_of_the_decoder_is_checked(model: Model, tmp_path: Path) -> None:
    for name, array in model.decoder.items():
        for broken in (np.full(array.shape, np.nan), np.zeros((*array.shape, 2))):
            changed = {**model.decoder, name: broken}
            save_model(dataclasses.replace(model, decoder=changed), tmp_path / "m.npz")
            with pytest.raises(ModelError, match=r"m\.npz"):
                load_model(tmp_path / "m.npz")


@pytest.mark.parametrize("facts", [{"decoder": "oracle"}, {"feature_set": "guesses"}])
def test_decoders_and_features_that_are_not_known_are_refused(
    model: Model, tmp_path: Path, facts: dict[str, str]
) -> None:
    save_model(dataclasses.replace(model, facts=model.facts.model_copy(update=facts)), tmp_path / "m.npz")
    with pytest.raises(ModelError, match=r"oracle|guesses"):
        load_model(tmp_path / "m.npz")


def test_a_stream_that_does_not_fit_is_refused_with_every_reason(model: Model) -> None:
    model.require_fit(StreamInfo("good", 4, 1015.0, Unit.MICROVOLT))
    with pytest.raises(ModelError) as caught:
        model.require_fit(StreamInfo("myo", 8, 200.0, Unit.ARBITRARY))
    assert all(part in str(caught.value) for part in ("8", "200 Hz", "arbitrary", "'myo'", "calibrate again"))
