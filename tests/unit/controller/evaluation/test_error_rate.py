from controller.evaluation.error_rate import score_fold
from tests.unit.controller.evaluation.a_candidate import FRAME, Noting, a_fold

YES = [True] * 4


def test_every_counted_window_counts_once() -> None:
    candidate = Noting(table=[0, 1, 1, 2], learns=False)
    ((score,),) = score_fold(candidate, a_fold([0, 1, 2, 2], YES, YES), FRAME, learn=True)
    assert (score.session, score.windows, score.wrong, score.error_percent) == (2, 4, 1, 25.0)
    assert score.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]


def test_what_does_not_count_is_streamed_all_the_same() -> None:
    candidate = Noting(table=[2, 1, 1, 2], learns=True)
    fold = a_fold([0, 1, 2, 2], YES, [False, True, True, False])
    _, score = next(iter(score_fold(candidate, fold, FRAME, learn=True)))
    assert (score.windows, score.wrong) == (2, 1)
    assert candidate.said[-2:] == ["decide 3", "learn 3"]


def test_what_is_not_in_the_stream_is_neither_decided_nor_learnt() -> None:
    candidate = Noting(table=[0] * 4, learns=True)
    some = [True, False, False, True]
    list(score_fold(candidate, a_fold([0] * 4, some, some), FRAME, learn=True))
    assert candidate.said[3:] == ["decide 0", "learn 0", "decide 3", "learn 3"]


def test_a_window_is_learnt_from_only_after_its_decision_and_never_in_the_static_run() -> None:
    candidate = Noting(table=[0] * 3, learns=True)
    fold = a_fold([0] * 3, [True] * 3, [True] * 3)
    ((_, _),) = score_fold(candidate, fold, FRAME, learn=True)
    static, adaptive = candidate.said[1:4], candidate.said[4:]
    assert static == ["decide 0", "decide 1", "decide 2"]
    assert adaptive == ["decide 0", "learn 0", "decide 1", "learn 1", "decide 2", "learn 2"]


def test_without_adaptation_nothing_is_learnt() -> None:
    candidate = Noting(table=[0] * 3, learns=True)
    ((_,),) = score_fold(candidate, a_fold([0] * 3, [True] * 3, [True] * 3), FRAME, learn=False)
    assert not [said for said in candidate.said if said.startswith("learn")]


def test_labelled_trials_come_before_the_first_decision_in_both_runs() -> None:
    candidate = Noting(table=[0], learns=True)
    list(score_fold(candidate, a_fold([0], [True], [True], labelled=True), FRAME, learn=True))
    labelled = "learn [0.0, 1.0] as [1, 2]"
    assert candidate.said == ["fit [(3, 1)]", labelled, "decide 0", labelled, "decide 0", "learn 0"]


def test_who_cannot_learn_from_labelled_trials_is_fitted_anew() -> None:
    candidate = Noting(table=[0], learns=False)
    list(score_fold(candidate, a_fold([0], [True], [True], labelled=True), FRAME, learn=True))
    assert candidate.said == ["fit [(3, 1)]", "fit [(3, 1), (2, 3)]", "decide 0"]
