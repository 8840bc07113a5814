"""What the installed package says of itself, which is what PyPI shows."""

import re
from importlib.metadata import metadata
from pathlib import Path

from braze_qt._commands.computer import LOWEST_PYSIDE

PROJECT = Path(__file__).parents[1]
PACKAGE = metadata("braze-qt")


def repository() -> str:
    addresses = dict(line.split(", ") for line in PACKAGE.get_all("Project-URL") or [])
    assert all(address.startswith(addresses["Repository"]) for address in addresses.values())
    return addresses["Repository"]


def test_the_readme_on_pypi_names_the_repository() -> None:
    """A relative link leads nowhere there."""
    readme = str(PACKAGE.get_payload() or PACKAGE["Description"])
    assert "# braze_qt" in readme
    files = f"{repository()}/blob/v{PACKAGE['Version']}/"
    targets = re.findall(r"\]\((.+?)\)", readme)
    assert files + "docs/design.md" in targets
    assert all(target.startswith("https://") for target in targets)


def test_every_address_of_the_repository_is_the_same() -> None:
    """pyproject.toml has it; a move of the repository changes every file that repeats it."""
    files = ["*.md", "docs/*.md", "examples/*.md", "pyproject.toml", ".github/**/*.yml"]
    pages = [page for pattern in files for page in PROJECT.glob(pattern)]
    texts = [page.read_text("utf-8") for page in pages]
    named = {found for text in texts for found in re.findall(r"https://github\.com/[\w.-]+/braze_qt\b", text)}
    assert named == {repository()}


def test_an_install_line_says_where_the_package_is() -> None:
    """While it is not on PyPI, a line without an address installs nothing, or somebody else's package."""
    pages = [page for pattern in ("*.md", "docs/*.md", "examples/*.md") for page in PROJECT.glob(pattern)]
    texts = [page.read_text("utf-8") for page in pages]
    lines = [
        line for text in texts for line in text.splitlines() if re.match("pip install.*braze[-_]qt", line)
    ]
    assert lines
    assert all(f"git+{repository()}" in line and "not on PyPI yet" in line for line in lines)
    from_a_clone = [text for text in texts if re.search(r'pip install.* (-e|"?\.)', text)]
    assert len(from_a_clone) > 2
    addresses = (f"git clone {repository()}", f"git+{repository()}")
    assert all(any(each in text for each in addresses) for text in from_a_clone)
    assert all("not on PyPI yet" in text for text in from_a_clone)


def test_the_oldest_pyside_is_named_alike() -> None:
    """The dependencies, the versions of the job with the oldest, the command verify and the README."""
    lowest = ".".join(map(str, LOWEST_PYSIDE))
    project = (PROJECT / "pyproject.toml").read_text("utf-8")
    assert re.findall(r'"PySide6-Essentials>=([\d.]+)', project) == [lowest, lowest]
    pinned = (PROJECT / "constraints-lowest.txt").read_text("utf-8")
    assert f"pyside6-essentials=={lowest} " in pinned
    assert f"| PySide6 | {lowest} and later;" in (PROJECT / "README.md").read_text("utf-8")
