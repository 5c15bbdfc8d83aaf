import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import same_session
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.fit import fit_gaussian
from controller.errors import ModelError
from tests.unit.controller.decoders.gaussian.ring_wearer import CHANNELS, RingWearer, trials

LABELS, REPETITIONS = trials(5, 3, 40)
ROWS, COLUMNS = np.triu_indices(CHANNELS)
ROOT = np.where(ROWS == COLUMNS, 1.0, np.sqrt(2.0))


def fitted(ring: bool) -> GaussianDecoder:
    model = fit_gaussian(RingWearer(5, seed=1).windows(LABELS), LABELS, list("abcde"), ring, REPETITIONS)
    decoder = GaussianDecoder(model, np.eye(5), 20.0)
    decoder.take_state(same_session(model, decoder.settings))
    return decoder


def reduced(vectors: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Vectors of the good channels, from vectors of all."""
    out = []
    for vector in vectors:
        matrix = np.zeros((CHANNELS, CHANNELS))
        matrix[ROWS, COLUMNS] = matrix[COLUMNS, ROWS] = vector / ROOT
        values, basis = np.linalg.eigh(matrix)
        part = ((basis * np.exp(values)) @ basis.T)[np.ix_(good, good)]
        values, basis = np.linalg.eigh(part)
        rows, columns = np.triu_indices(len(part))
        logarithm = (basis * np.log(values)) @ basis.T
        out.append(logarithm[rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0)))
    return np.array(out)


def error(decoder: GaussianDecoder, vectors: NDArray[np.float64], bad: list[int]) -> float:
    mask = np.zeros(CHANNELS, dtype=np.bool_)
    mask[bad] = True
    rest = decoder.without_channels(mask)
    assert (rest.good == ~mask).all()
    decided = [rest.decode(vector).class_index for vector in reduced(vectors, ~mask)]
    return float(np.mean(np.array(decided) != LABELS))


@pytest.mark.parametrize("ring", [True, False])
def test_with_no_channel_left_out_it_decides_as_the_whole_decoder(ring: bool) -> None:
    decoder = fitted(ring)
    for vector in RingWearer(5, seed=1).windows(LABELS, 0.0)[::7]:
        whole = decoder.decode(vector).scores.copy()
        rest = decoder.without_channels(np.zeros(CHANNELS, dtype=np.bool_))
        np.testing.assert_allclose(rest.decode(vector).scores, whole, atol=1e-6)


def test_any_two_channels_gone_cost_little() -> None:
    decoder = fitted(ring=True)
    vectors = RingWearer(5, seed=1).windows(LABELS)
    pairs = list(itertools.combinations(range(CHANNELS), 2))
    assert max(error(decoder, vectors, list(pair)) for pair in pairs[::5]) < 0.04


def test_a_channel_may_go_after_the_armband_was_turned() -> None:
    decoder = fitted(ring=True)
    vectors = RingWearer(5, seed=1).windows(LABELS, 1.0)
    before = error(decoder, vectors, [2])
    decoder.learn_labelled(vectors, LABELS)
    assert decoder.state.turn[0] == pytest.approx(1.0, abs=0.1)
    assert before > 0.1
    assert error(decoder, vectors, [2]) < 0.02


def test_what_is_no_number_and_no_channel_at_all() -> None:
    decoder = fitted(ring=True)
    mask = np.zeros(CHANNELS, dtype=np.bool_)
    mask[0] = True
    intent = decoder.without_channels(mask).decode(np.full(28, np.nan))
    assert (intent.class_index, intent.confidence, intent.direction.any()) == (-1, 0.0, False)
    for wrong in (np.ones(CHANNELS, dtype=np.bool_), np.zeros(3, dtype=np.bool_)):
        with pytest.raises(ModelError, match="check the electrodes"):
            decoder.without_channels(wrong)
