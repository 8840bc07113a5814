"""The rules of CONTRIBUTING.md, Style, that a program can check."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
MAX_WORDS = 8


def names_of_tests(path: Path) -> list[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return [node.name for node in nodes if isinstance(node, functions) and node.name.startswith("test_")]


def test_a_test_name_has_eight_words_at_most() -> None:
    names = [(path.name, name) for path in TESTS.rglob("*.py") for name in names_of_tests(path)]
    assert names
    assert [found for found in names if len(found[1].split("_")[1:]) > MAX_WORDS] == []
