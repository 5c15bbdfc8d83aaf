"""The compiled decoder against the same mathematics, written down once more the plain way."""

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.decoders.gaussian.adaptation import AdaptationSettings
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.fit import fit_gaussian
from controller.decoders.gaussian.model import GaussianModel
from tests.unit.controller.decoders.gaussian.ring_wearer import CHANNELS, RingWearer, trials

PER_S = 20.0
ROWS, COLUMNS = np.triu_indices(CHANNELS)
ROOT = np.where(ROWS == COLUMNS, 1.0, np.sqrt(2.0))
Array = NDArray[np.float64]


def turn_triangle(x: Array, s: float) -> Array:
    """Shift every circulant diagonal of the matrix by s along itself, in Fourier space."""
    matrix, out = np.zeros((CHANNELS, CHANNELS)), np.zeros((CHANNELS, CHANNELS))
    matrix[ROWS, COLUMNS] = matrix[COLUMNS, ROWS] = x / ROOT
    electrodes, frequency = np.arange(CHANNELS), np.fft.fftfreq(CHANNELS) * CHANNELS
    phase = np.exp(-2j * np.pi * frequency * s / CHANNELS)
    phase[CHANNELS // 2] = np.cos(np.pi * s)
    for distance in range(CHANNELS):
        other = (electrodes + distance) % CHANNELS
        out[electrodes, other] = np.fft.ifft(np.fft.fft(matrix[electrodes, other]) * phase).real
    return out[ROWS, COLUMNS] * ROOT


class Plain:
    """Multivariate normal densities, a Gaussian process over class means, a grid posterior over turns."""

    def __init__(self, model: GaussianModel, settings: AdaptationSettings) -> None:
        self.model, self.settings = model, settings
        self.mean, self.pooled = model.means, model.covariances.mean(0)
        distance = np.array([[self.length(a - b) ** 2 for b in self.mean] for a in self.mean])
        near = np.exp(-0.5 * distance / settings.near**2 / distance[~np.eye(len(distance), dtype=bool)].mean())
        share = settings.shared_share
        self.prior = settings.shift_variance * (share * near + (1.0 - share) * np.eye(len(near)))
        self.seconds, self.sums = np.zeros(len(near)), np.zeros_like(self.mean)
        self.known_seconds, self.known_sums = np.zeros(len(near)), np.zeros_like(self.mean)
        self.turns = np.arange(-6, 7) / 4.0
        self.turn_seconds, self.evidence = np.zeros(len(near)), np.zeros((len(near), 13))
        self.known_evidence = np.zeros(13)
        self.turn, self.shift = 0.0, np.zeros_like(self.mean)
        # Directions without a part at the Nyquist frequency: what a turn by half a spacing and back leaves.
        there = np.array([turn_triangle(row, 0.5) for row in np.eye(len(ROWS))])
        self.whole = np.linalg.svd(there @ there.T)[0][:, : np.linalg.matrix_rank(there @ there.T)]
        self.update(np.inf, np.inf)

    def length(self, difference: Array) -> float:
        return float(np.sqrt(difference @ np.linalg.solve(self.pooled, difference)))

    def update(self, largest_shift: float, largest_turn: float) -> None:
        s = self.settings
        if self.model.ring:
            log_posterior = s.turn_per_s * (self.evidence.sum(0) + self.known_evidence)
            posterior = np.exp(log_posterior - 0.5 * (self.turns / s.turn_deviation) ** 2)
            change = posterior @ self.turns / posterior.sum() - self.turn
            self.turn += np.clip(change, -largest_turn, largest_turn)
        weight = s.unlabelled_per_s * self.seconds + s.labelled_per_s * self.known_seconds
        total = s.unlabelled_per_s * self.sums + s.labelled_per_s * self.known_sums
        if self.model.ring:
            total = np.array([turn_triangle(row, self.turn) for row in total])
        self.spread = np.linalg.inv(np.linalg.inv(self.prior) + np.diag(weight))
        target = self.spread @ (total - weight[:, None] * self.mean)
        for index, way in enumerate(target - self.shift):
            self.shift[index] += way * min(1.0, largest_shift / max(self.length(way), 1e-300))

    def scores(self, x: Array) -> Array:
        x = turn_triangle(x, self.turn) if self.model.ring else x
        out = []
        for index, own in enumerate(self.model.covariances):
            covariance = own + self.spread[index, index] * self.pooled
            off = x - self.mean[index] - self.shift[index]
            out.append(-0.5 * (off @ np.linalg.solve(covariance, off) + np.linalg.slogdet(covariance)[1]))
        return np.array(out)

    def turn_scores(self, x: Array) -> Array:
        """[turns, classes]"""
        pooled, out = self.whole.T @ self.pooled @ self.whole, np.zeros((13, len(self.mean)))
        for row, s in enumerate(self.turns):
            off = (turn_triangle(x, s) - self.mean) @ self.whole
            out[row] = -0.5 * (off @ np.linalg.inv(pooled) * off).sum(1) / (1.0 + self.settings.shift_variance)
        return out

    def learn(self, x: Array, scores: Array) -> None:
        s, best = self.settings, int(scores.argmax())
        probability = 1.0 / np.exp(scores - scores[best]).sum()
        turned = turn_triangle(x, self.turn) if self.model.ring else x
        anchor = int(np.argmin([self.length(turned - mean) for mean in self.mean]))
        covariance = self.model.covariances[best] + self.spread[best, best] * self.pooled
        off = turned - self.mean[best] - self.shift[best]
        far = off @ np.linalg.solve(covariance, off) > s.farthest * len(off)
        levels = np.append(self.mean, x[None], axis=0)[:, ROWS == COLUMNS].mean(1)
        rest = levels[:-1].min()
        quiet = levels[best] > rest and levels[-1] < rest + s.level_share * (levels[best] - rest)
        if probability < s.gate or anchor != best or far or quiet:
            return
        step = probability / PER_S
        self.seconds[best] += step
        self.sums[best] += step * x
        if self.model.ring:
            table = self.turn_scores(x)
            mixture = np.log(np.exp(table - table.max()).sum(1))
            self.turn_seconds[best] += step
            self.evidence[best] += step * (mixture - mixture.max())

    def fade(self) -> None:
        for seconds, sums, memory in (
            (self.seconds, self.sums, self.settings.memory_s),
            (self.turn_seconds, self.evidence, self.settings.turn_memory_s),
        ):
            share = np.minimum(1.0, memory / np.maximum(seconds, 1e-300))
            seconds[:] = share * seconds
            sums[:] = share[:, None] * sums

    def learn_labelled(self, vectors: Array, labels: NDArray[np.int64]) -> None:
        for x, label in zip(vectors, labels, strict=True):
            self.known_seconds[label] += 1.0 / PER_S
            self.known_sums[label] += x / PER_S
            if self.model.ring:
                known = self.turn_scores(x)[:, label]
                self.known_evidence += (known - known.max()) / PER_S
        self.update(np.inf, np.inf)


@pytest.mark.parametrize(("ring", "turn"), [(True, 0.0), (True, 0.4), (True, -1.1), (False, 0.2)])
def test_equals_the_plain_formulas_while_it_learns(ring: bool, turn: float) -> None:
    wearer = RingWearer(4, seed=3)
    labels, repetitions = trials(4, 3, 30)
    model = fit_gaussian(wearer.windows(labels), labels, list("abcd"), ring, repetitions)
    settings = AdaptationSettings(memory_s=0.8, turn_memory_s=0.6)  # so that something fades within the test
    decoder, plain = GaussianDecoder(model, np.zeros((4, 1)), PER_S, settings), Plain(model, settings)
    known = np.repeat(np.arange(4), 5)
    known_vectors = wearer.windows(known, turn)
    wanted, _ = trials(4, 2, 25)
    for row, vector in enumerate(wearer.windows(wanted, turn)):
        intent, expected = decoder.decode(vector), plain.scores(vector)
        difference = decoder.log_likelihood - expected
        np.testing.assert_allclose(difference - difference.mean(), 0.0, atol=1e-6)
        tempered = np.exp((expected - expected.max()) / model.temperature)
        np.testing.assert_allclose(intent.scores, tempered / tempered.sum(), atol=1e-6)
        assert intent.class_index == expected.argmax()
        decoder.learn_unlabelled()
        plain.learn(vector, expected)
        if row % 10 == 9:
            plain.fade()
            plain.update(settings.largest_shift, settings.largest_turn)
        if row == 99:
            decoder.learn_labelled(known_vectors, known)
            plain.fade()
            plain.learn_labelled(known_vectors, known)
    assert decoder.state.seconds.max() > 0.2
    np.testing.assert_allclose(decoder.state.turn[0], plain.turn, atol=1e-9)
