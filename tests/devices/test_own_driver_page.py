"""The drivers on the page for driver authors work as they stand there: installed, listed, conforming."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs/devices/your-own-driver.md"


def blocks(language: str) -> dict[str, str]:
    """Return the code on the page by the name behind its language."""
    found = re.findall(rf"^```{language} (\S+)\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the page's packages are installed, as an installer leaves them."""
    folder = tmp_path_factory.mktemp("site")
    for name, code in blocks("python").items():
        (folder / name).write_text(code)
    for name, text in blocks("toml").items():
        project = tomllib.loads(text)["project"]
        info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        lines = []
        for group, points in project["entry-points"].items():
            lines += [f"[{group}]", *(f"{point} = {target}" for point, target in points.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        assert name in points
    return folder


def run(site: Path, *command: str) -> str:
    """Run Python with the packages installed; return what it said on stdout."""
    path = os.pathsep.join([str(site), str(REPOSITORY)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        check=False,
        cwd=site,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("module", "tests"), [("test_wifi_armband", 9), ("test_lab_board", 9)])
def test_the_drivers_on_the_page_conform(site: Path, module: str, tests: int) -> None:
    said = run(
        site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-c", os.devnull, f"{module}.py"
    )
    assert f"{tests} passed" in said


def test_the_installed_driver_is_found_by_its_name(site: Path) -> None:
    script = "from drivers.registry import make_source; print(make_source('wifi_armband', {'host': 'there'}))"
    assert "wifi_armband.ArmbandSource" in run(site, "-c", script)


def test_both_are_listed(site: Path) -> None:
    listed = json.loads(run(site, "-m", "cli.main", "devices", "--no-lsl", "--json"))
    (driver,) = (each for each in listed["drivers"] if each["name"] == "wifi_armband")
    assert (driver["package"], driver["version"], driver["problem"]) == ("efferent-wifi-armband", "1.0", "")
    (protocol,) = (each for each in listed["protocols"] if each["name"] == "lab_board")
    assert (protocol["baud"], protocol["package"]) == (115_200, "efferent-lab-board 1.0")
    assert listed["problems"] == []
