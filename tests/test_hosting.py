"""The workflows call what exists: none of them has run yet that would tell of a name that was changed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
HOSTING = [*PROJECT.glob(".github/**/*.yml"), PROJECT / ".pre-commit-config.yaml", PROJECT / ".ci" / "run"]
PATH = r"(?<![\w/])((?:tests|tools|docs|examples|\.github)/[\w./-]*\w|constraints[\w-]*\.txt)"

pytestmark = pytest.mark.skipif(
    not (PROJECT / ".github").exists(), reason="a source distribution is hosted nowhere"
)


def found(pattern: str, paths: list[Path]) -> Iterator[str]:
    assert paths
    for path in paths:
        for each in re.findall(pattern, path.read_text("utf-8")):
            yield from each.split()


def test_each_path_in_a_workflow_exists() -> None:
    paths = {*found(PATH, [*HOSTING, PROJECT / "Makefile"])}
    assert "tests/windows/test_desktop.py" in paths
    assert [path for path in paths if not (PROJECT / path).exists()] == []


def test_each_make_target_in_a_workflow_exists() -> None:
    targets = {*found(r"(?m)^([a-z-]+):", [PROJECT / "Makefile"])}
    pages = [PROJECT / "CONTRIBUTING.md", PROJECT / "README.md"]
    called = {*found(r"(?:run:|exec) make((?: [a-z-]+)+)", HOSTING), *found(r"(?m)^make ([a-z-]+)", pages)}
    assert {"soak", "lint-hosting"} <= called
    assert called <= targets


def test_each_dependency_group_in_a_workflow_exists() -> None:
    project = (PROJECT / "pyproject.toml").read_text("utf-8")
    called = {*found(r"--group (\w+)", [*HOSTING, PROJECT / "tools" / "pin"])}
    called |= {extra for extras in found(r"\.\[([a-z,]+)\]", HOSTING) for extra in extras.split(",")}
    assert {"dev", "sandbox"} <= called
    assert [name for name in called if f"\n{name} = [" not in project] == []


@pytest.mark.parametrize("folder", ["benchmarks", "examples", "tests", "tools"])
def test_the_package_is_found_by_importing_it(folder: str) -> None:
    """The workflows test the wheel, with the source taken away."""
    paths = [path for path in PROJECT.glob(f"{folder}/**/*.py") if path.name != "test_import_contracts.py"]
    assert [*found(r"((?:ROOT|PROJECT|HERE|parents?\S*) / \"braze_qt\")", paths)] == []
