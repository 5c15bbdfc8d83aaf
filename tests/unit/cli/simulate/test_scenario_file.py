from pathlib import Path

import pytest

from cli.simulate.job import Job
from cli.simulate.scenario_file import load_jobs
from controller.errors import ConfigError
from tests.unit.cli.simulate.scenarios import CONFIGS, HANDS, SMALL, written


def test_every_scenario_that_comes_along_can_be_run() -> None:
    files = sorted((CONFIGS / "scenarios").glob("*.toml"))
    assert files
    for file in files:
        assert load_jobs(file), file


def test_a_sweep_makes_a_run_of_each_combination_and_person(tmp_path: Path) -> None:
    path = written(tmp_path, text=SMALL + '[sweep]\n"shaping.gain.elbow" = [0.5, 1]\ndecoder = ["lda", "auto"]\n')
    jobs = load_jobs(path, (3, 4))
    assert [(job.point["shaping.gain.elbow"], job.point["decoder"], job.seed) for job in jobs] == [
        (gain, decoder, seed) for gain in (0.5, 1.0) for decoder in ("lda", "auto") for seed in (3, 4)
    ]
    assert jobs[0].scenario.shaping.gain == {"elbow": 0.5}
    assert jobs[-1].scenario.decoder == "auto"
    assert len({job.key for job in jobs}) == len(jobs)


def test_entries_of_lists_and_whole_tables_can_be_swept(tmp_path: Path) -> None:
    sweep = '[sweep]\n"assessments.0.moved_joints" = [1, 3]\n"shaping.gain" = [{ hand = 0.5 }]\n'
    jobs = load_jobs(written(tmp_path, text=SMALL + sweep))
    assert [getattr(job.scenario.assessments[0], "moved_joints", None) for job in jobs] == [1, 3]
    assert jobs[0].point == {"assessments.0.moved_joints": 1.0, "shaping.gain": '{"hand": 0.5}'}
    assert jobs[0].scenario.shaping.gain == {"hand": 0.5}


def test_a_job_is_plain_values_and_its_key_follows_them(tmp_path: Path) -> None:
    job = load_jobs(written(tmp_path))[0]
    assert Job.model_validate_json(job.model_dump_json()) == job
    other = load_jobs(written(tmp_path, "added_delay_ms = 1.0\n"))[0]
    assert other.key != job.key
    assert load_jobs(written(tmp_path))[0].key == job.key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("decodr = 'lda'\n" + SMALL, "small.toml:1: decodr: unknown key"),
        ("decoder = 'lad'\n" + SMALL, "decoder: expected one of auto, gaussian, lda"),
        ("seeds = [1, 1]\n" + SMALL.replace("seeds = [1]", ""), "one is there twice"),
        ("added_delay_ms = -1\n" + SMALL, "added_delay_ms"),
        (SMALL.replace('kind = "tac"', 'kind = "tic"'), "tac"),
        (
            SMALL.replace("repetitions = 1\n", "practice = true\n").replace('"rest"', '"rest"\npractice = true'),
            "practice",
        ),
        (SMALL + '[[faults]]\nkind = "site_lifted"\nat_s = 1\nsite = "thumb"\n', "faults.0.site: there is no 'thumb'"),
        (SMALL + '[[faults]]\nkind = "link_lost"\nat_s = 1\n', "needs an arm with mass"),
        (SMALL + '[[faults]]\nkind = "posture"\nat_s = 1\nposture = "bent"\n', "there is no 'bent'; there are: raised"),
        (SMALL + "[shaping.gain]\nthumb = 1\n", "shaping.gain.thumb: there is no 'thumb'"),
        (SMALL.replace("[arm]", "traits = { reflex_s = 1 }\n[arm]"), "a wearer has no trait 'reflex_s'"),
        (SMALL.replace("[arm]", "traits = { reaction_s = 0 }\n[arm]"), "'reaction_s' must be above 0"),
        (SMALL.replace("time_limit_s = 8", "distance_deg = 170"), "no joint has room"),
        (SMALL.replace("time_limit_s = 8", "time_limit_s = 1"), "dwell_s (2) must be below time_limit_s (1)"),
        (SMALL + "[sweep]\ndecodr = [1]\n", 'with "decodr" = 1: decodr: there is no such key'),
        (SMALL + "[sweep]\nadded_delay_ms = [0, -5]\n", 'with "added_delay_ms" = -5: added_delay_ms: Input should be'),
        (SMALL + "[sweep]\nseeds = [[1]]\n", '"seeds" cannot be swept'),
        (SMALL + '[sweep]\n"assessments.7.moved_joints" = [1]\n', "there is nothing at '7'"),
        (
            SMALL + f"[sweep]\nadded_delay_ms = {list(range(1000))}\nshift_mm = {list(range(20))}\n",
            "10000 runs at most",
        ),
        ("seeds = [", "is not valid TOML"),
        (SMALL + '[[assessments]]\nkind = "clothespin"\n', "clothespin needs an arm with mass"),
        (SMALL + '[[assessments]]\nkind = "box_and_blocks"\n', "box_and_blocks needs an arm with mass"),
        (HANDS.replace("blocks = 2", "blocks = 25"), "assessments.0.box_and_blocks.blocks"),
        ('decoder = "direct"\n' + HANDS + '[direct]\nscheme = "two_site"\n', "takes the joints in turn"),
    ],
)
def test_what_cannot_be_is_said_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Exception, match="small") as caught:
        load_jobs(written(tmp_path, text=text))
    assert isinstance(caught.value, ConfigError)
    assert said in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_jobs(tmp_path / "nowhere.toml")
    with pytest.raises(Exception, match=r"nobody\.toml"):
        load_jobs(written(tmp_path, text=SMALL.replace("transhumeral_six.toml", "nobody.toml")))
