import io

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings, new_donning, same_session, state_from_arrays
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.fit import fit_gaussian
from controller.decoders.gaussian.model import GaussianModel
from controller.errors import CalibrationError, ModelError
from tests.unit.controller.decoders.gaussian.ring_wearer import RingWearer, trials

CLASSES, PER_S = 5, 20.0
NAMES = ("rest", "hand_close", "hand_open", "pronation", "supination")


@pytest.fixture(scope="module")
def model() -> GaussianModel:
    labels, repetitions = trials(CLASSES, 3, 40)
    return fit_gaussian(RingWearer(CLASSES, seed=1).windows(labels), labels, NAMES, True, repetitions)


@pytest.fixture
def decoder(model: GaussianModel) -> GaussianDecoder:
    return GaussianDecoder(model, np.eye(CLASSES), PER_S)


def stream(turn: float = 0.0, rounds: int = 4) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    labels, _ = trials(CLASSES, rounds, 40)
    return RingWearer(CLASSES, seed=1).windows(labels, turn), labels


def decide(
    decoder: GaussianDecoder, vectors: NDArray[np.float64], learn: bool = True, accepted: bool = True
) -> NDArray[np.int64]:
    decided = []
    for vector in vectors:
        decided.append(decoder.decode(vector).class_index)
        if learn:
            decoder.learn_unlabelled(accepted)
    return np.array(decided)


def same(one: GaussianDecoder, other: GaussianDecoder) -> bool:
    return all((a == b).all() for a, b in zip(one.state.arrays().values(), other.state.arrays().values(), strict=True))


def test_decides_what_it_was_trained_on_with_the_class_s_direction(decoder: GaussianDecoder) -> None:
    vectors, labels = stream()
    assert (decide(decoder, vectors, learn=False) == labels).mean() > 0.97
    intent = decoder.decode(vectors[-1])
    assert intent.direction.tolist() == np.eye(CLASSES)[CLASSES - 1].tolist()
    assert intent.confidence == intent.scores.max()
    assert intent.scores.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("turn", [-1.0, 0.5, 1.0])
def test_follows_an_armband_that_was_turned(decoder: GaussianDecoder, turn: float) -> None:
    vectors, labels = stream(turn)
    lost = (decide(decoder, vectors, learn=False) != labels).mean()
    decide(decoder, vectors)
    assert lost > 0.1
    assert (decide(decoder, vectors[len(vectors) // 2 :]) != labels[len(vectors) // 2 :]).mean() < 0.2 * lost
    assert decoder.state.turn[0] == pytest.approx(turn, abs=0.3)


def test_labelled_trials_bring_a_turned_armband_back_at_once(decoder: GaussianDecoder) -> None:
    vectors, labels = stream(1.0)
    lost = (decide(decoder, vectors, learn=False) != labels).mean()
    first = slice(0, CLASSES * 40)
    decoder.learn_labelled(vectors[first], labels[first])
    assert (decide(decoder, vectors, learn=False) != labels).mean() < 0.2 * lost


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_decides_and_teaches_nothing(decoder: GaussianDecoder, bad: float) -> None:
    vectors, labels = stream()
    broken = vectors.copy()
    broken[::3, 7] = bad
    for vector in broken:
        intent = decoder.decode(vector)
        decoder.learn_unlabelled()
        if not np.isfinite(vector).all():
            assert (intent.class_index, intent.confidence) == (-1, 0.0)
            assert not intent.scores.any()
            assert not intent.direction.any()
    assert decoder.state.finite
    assert (decide(decoder, vectors) == labels).mean() > 0.97


@pytest.mark.parametrize("scale", [3.0, 1e3, 1e100])
def test_what_is_like_nothing_known_teaches_nothing(decoder: GaussianDecoder, scale: float) -> None:
    vectors, _ = stream()
    decide(decoder, scale * vectors)
    assert not decoder.state.seconds.any()
    assert abs(decoder.state.turn[0]) < 1e-12


def test_rejected_decisions_and_a_frozen_decoder_learn_nothing(decoder: GaussianDecoder) -> None:
    untouched = GaussianDecoder(decoder.model, decoder.directions, PER_S)
    vectors, _ = stream(0.5)
    decide(decoder, vectors, accepted=False)
    assert same(decoder, untouched)
    decoder.frozen = True
    decide(decoder, vectors)
    assert same(decoder, untouched)
    decoder.frozen = False
    decide(decoder, vectors)
    assert not same(decoder, untouched)


def test_a_decision_teaches_once(decoder: GaussianDecoder) -> None:
    vectors, _ = stream(rounds=1)
    decoder.decode(vectors[0])
    decoder.learn_unlabelled()
    learnt = decoder.state.seconds.sum()
    decoder.learn_unlabelled()
    assert learnt > 0.0
    assert decoder.state.seconds.sum() == learnt


def test_the_hop_does_not_matter_for_what_is_learnt(model: GaussianModel) -> None:
    vectors, _ = stream(0.3)
    coarse = GaussianDecoder(model, np.eye(CLASSES), PER_S)
    fine = GaussianDecoder(model, np.eye(CLASSES), 5 * PER_S)
    decide(coarse, vectors)
    decide(fine, np.repeat(vectors, 5, axis=0))
    for name, array in coarse.state.arrays().items():
        np.testing.assert_allclose(fine.state.arrays()[name], array, atol=1e-9, err_msg=name)


def test_learning_is_bounded_in_memory_and_in_every_step(decoder: GaussianDecoder) -> None:
    settings = decoder.settings
    arrays = list(decoder.state.arrays().values())
    for round_ in range(3):
        vectors, _ = stream((0.0, 1.2, -1.2)[round_])
        for vector in vectors:
            before = decoder.state.copy()
            decoder.decode(vector)
            decoder.learn_unlabelled()
            moved = np.sqrt(((decoder.state.shift - before.shift) ** 2).sum(axis=1))
            assert moved.max() <= settings.largest_shift + 1e-9
            assert abs(decoder.state.turn[0] - before.turn[0]) <= settings.largest_turn + 1e-12
    assert decoder.state.seconds.max() <= settings.memory_s + settings.update_every_s
    assert all(now is then for now, then in zip(decoder.state.arrays().values(), arrays, strict=True))


def test_a_long_stay_in_one_class_does_not_take_the_others_away(decoder: GaussianDecoder) -> None:
    vectors, labels = stream(0.3)
    rest = np.tile(vectors[labels == 0], (20, 1))
    decide(decoder, rest)
    assert (decide(decoder, vectors) == labels).mean() > 0.9


def test_reset_forgets_and_a_copy_comes_back(decoder: GaussianDecoder) -> None:
    vectors, _ = stream(0.7)
    fresh = GaussianDecoder(decoder.model, decoder.directions, PER_S)
    decide(decoder, vectors)
    learnt, scores = decoder.state.copy(), decoder.decode(vectors[0]).scores.copy()
    decoder.reset()
    assert same(decoder, fresh)
    assert (decoder.decode(vectors[0]).scores == fresh.decode(vectors[0]).scores).all()
    decoder.take_state(learnt)
    np.testing.assert_allclose(decoder.decode(vectors[0]).scores, scores, atol=1e-12)
    decide(decoder, vectors)
    assert (learnt.sums != decoder.state.sums).any()  # the copy is nobody else's


def test_state_goes_through_a_file_and_a_foreign_one_is_refused(decoder: GaussianDecoder) -> None:
    decide(decoder, stream(0.5)[0])
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **decoder.state.arrays())
    buffer.seek(0)
    stored = dict(np.load(buffer))
    restored = state_from_arrays(stored, decoder.model, decoder.settings)
    assert all((restored.arrays()[name] == array).all() for name, array in decoder.state.arrays().items())
    for name, wrong in (("sums", np.zeros((2, 36))), ("turn", np.array([np.nan])), ("seconds", None)):
        broken = {key: array for key, array in stored.items() if key != name}
        if wrong is not None:
            broken[name] = wrong
        with pytest.raises(ModelError, match=f"'{name}' should be numbers"):
            state_from_arrays(broken, decoder.model, decoder.settings)


def test_right_after_the_fit_it_trusts_its_training_more_than_on_another_day(decoder: GaussianDecoder) -> None:
    assert not new_donning(decoder.model, decoder.settings).labelled_seconds.any()
    another_day = decoder._mean_shift.covariance.copy()
    decoder.take_state(same_session(decoder.model, decoder.settings))
    assert (np.diagonal(decoder._mean_shift.covariance) < 0.5 * np.diagonal(another_day)).all()
    np.testing.assert_allclose(decoder.state.shift, 0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("vectors", "labels", "message"),
    [
        (np.zeros((3, 35)), np.zeros(3, dtype=np.int64), "one label each"),
        (np.zeros((3, 36)), np.zeros(2, dtype=np.int64), "one label each"),
        (np.full((3, 36), np.nan), np.zeros(3, dtype=np.int64), "no number"),
        (np.zeros((3, 36)), np.array([0, 1, CLASSES]), "none of 0..4"),
    ],
)
def test_trials_that_do_not_fit_are_refused_and_teach_nothing(
    decoder: GaussianDecoder, vectors: NDArray[np.float64], labels: NDArray[np.int64], message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        decoder.learn_labelled(vectors, labels)
    assert not decoder.state.labelled_seconds.any()


def test_a_state_that_broke_is_thrown_away(decoder: GaussianDecoder) -> None:
    vectors, labels = stream()
    decide(decoder, vectors)
    decoder.state.sums[1, 3] = np.nan
    assert (decide(decoder, vectors) == labels).mean() > 0.97
    assert decoder.state.finite


def test_settings_are_named_by_what_they_do() -> None:
    turns = AdaptationSettings().turns()
    assert turns.tolist() == [-1.5, -1.25, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
