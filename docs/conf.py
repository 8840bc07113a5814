"""How Sphinx makes a site of these pages: ``make docs``."""

import re
import sys
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from braze_qt import __version__  # noqa: E402

REPOSITORY = re.search(r'Repository = "(.+?)"', (ROOT / "pyproject.toml").read_text("utf-8"))[1]

project = "braze_qt"
author = "The braze_qt authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(PySide6|QtCore|QtWidgets|pytest)\..*",
    ),  # not to be read offline
    ("py:.*", r"(collections|datetime|decimal|os|pathlib)\..*"),
    ("py:.*", r"braze_qt\._.*|CardModel"),  # not public
]

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
myst_enable_extensions = ["colon_fence"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"braze_qt {release}"
html_static_path = ["static", str(ROOT / "build" / "docs-static")]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"source_repository": REPOSITORY, "source_branch": "main", "source_directory": "docs/"}

# Nobody hosts the repository yet; the others are examples of addresses.
linkcheck_ignore = [r"https://github\.com/OWNER/.*", r"http://127\.0\.0\.1.*"]
linkcheck_timeout = 20


class Mermaid(Directive):
    """A diagram. sphinxcontrib-mermaid would have readers fetch Mermaid from somebody else's server."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        diagram = escape("\n".join(self.content))
        page = '<pre class="mermaid">{}</pre><script src="_static/mermaid.min.js"></script>'
        start = (
            "<script>mermaid.initialize({theme: matchMedia('(prefers-color-scheme: dark)').matches"
            " ? 'dark' : 'default'})</script>"
        )
        return [nodes.raw("", page.format(diagram) + start, format="html")]


def link_to_repository(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001
    """Links that leave docs/ lead to the files of the repository."""
    source[0] = re.sub(r"\]\(\.\./(.+?)\)", rf"]({REPOSITORY}/blob/main/\1)", source[0])


def setup(app: Sphinx) -> None:
    app.add_directive("mermaid", Mermaid)
    app.connect("source-read", link_to_repository)
