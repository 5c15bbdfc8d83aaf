"""What pages are made of: all of it is ours to serve, and all of it gets into the wheel."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

import clinic

STATIC = Path(clinic.__file__).parent / "static"
VENDOR = STATIC / "vendor"
TEXTS = [file for file in STATIC.rglob("*") if file.suffix in {".js", ".css", ".html", ".svg", ".json"}]
# Names, not addresses: what an XML element is, told by its name space.
NAMES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
ADDRESS = re.compile(r"""(?:https?:|wss?:)?//[a-zA-Z0-9-]+\.[a-zA-Z][^\s"'`)<>]*""")
COMMENT = re.compile(r"^\s*(//|/?\*).*$", re.MULTILINE)


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(STATIC)))
def test_no_file_refers_to_another_host(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if file.parent != VENDOR:
        text = COMMENT.sub("", text)
    found = {address.rstrip("\\;,") for address in ADDRESS.findall(text)}
    assert found - NAMES == set()


def test_vendored_files_are_those_that_were_looked_at() -> None:
    sums = [line.split() for line in (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    listed = {name: value for value, name in sums}
    assert set(listed) == {file.name for file in VENDOR.iterdir() if file.suffix in {".js", ".css"}}
    for name, wanted in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == wanted, name


def test_every_vendored_library_has_its_licence_and_version_beside_it() -> None:
    said = (VENDOR / "README.md").read_text(encoding="utf-8")
    script = (VENDOR / "build.sh").read_text(encoding="utf-8")
    for name, variable in (("uplot", "UPLOT"), ("three", "THREE"), ("esbuild", "ESBUILD")):
        version = re.search(rf"{variable}=(\S+)", script)
        assert version is not None
        assert version[1] in said
        assert name == "esbuild" or "MIT" in (VENDOR / f"{name}.LICENSE").read_text(encoding="utf-8")


def test_the_wheel_takes_the_whole_package() -> None:
    project = tomllib.loads((STATIC.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "clinic" in wheel["packages"]
    assert not {"exclude", "only-include"} & set(wheel)
