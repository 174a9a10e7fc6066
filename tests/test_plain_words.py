"""Prose is plain: no sentence begins with a relative clause, and a test's name can be read alone.

The guard looks at docstrings, comments, API descriptions, Markdown pages and the Makefile's help.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("config", "dispatch", "workers", "sandbox", "bench", "tests")
PYTHON = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")] + list(ROOT.glob("*.py"))
PAGES = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "tests").glob("*.md"),
]
#: A sentence that begins with one of these has to be solved; a question may begin with them.
RIDDLE = re.compile(r"(?:^|[.:!?]\s+|\n\s*\n\s*)((?:What|Whoever|Whatever|Who|Whose|Whom|Of|That|Nor)\b[^.?!]*[.?!]?)")
#: Beginnings of a test's name that refer to something outside of the name.
FRAGMENT = re.compile(
    r"test_(and|or|nor|but|also|what|whatever|who|whoever|whose|nobody|one|that|it|its|they|else|so|then)_"
)


def riddles(text: str) -> list[str]:
    """Return the sentences of a text that begin with a relative clause."""
    return [found for found in RIDDLE.findall(text) if not found.rstrip().endswith("?")]


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield every docstring of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def comments(source: str) -> Iterator[str]:
    """Yield the comments of a module; comments on neighbouring lines are one text."""
    block, last = "", -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#:").strip()
            if token.start[0] == last + 1 and block:
                block += " " + text
            else:
                yield block
                block = text
            last = token.start[0]
    yield block


def descriptions(node: Any) -> Iterator[str]:
    """Yield all summaries and descriptions of an OpenAPI document."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("summary", "description") and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)
    elif isinstance(node, list):
        for each in node:
            yield from descriptions(each)


def test_docstrings_and_comments_have_no_riddles() -> None:
    found = []
    for path in PYTHON:
        source = path.read_text()
        for text in (*docstrings(ast.parse(source)), *comments(source)):
            found += [f"{path.relative_to(ROOT)}: {sentence}" for sentence in riddles(text)]
    assert found == []


def test_pages_and_make_help_have_no_riddles() -> None:
    found = []
    for path in [*PAGES, ROOT / "Makefile"]:
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
        lines = [
            re.sub(r"^[\s>*|#-]+|\*\*", "", line) for line in re.split(r"\n(?=\s*(?:[-*|#>]|\d+\.))|\n\s*\n", text)
        ]
        found += [f"{path.relative_to(ROOT)}: {sentence}" for line in lines for sentence in riddles(line)]
    assert found == []


def test_api_descriptions_have_no_riddles(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").get_json()
    assert len(list(descriptions(document))) > 200
    assert [sentence for text in descriptions(document) for sentence in riddles(text)] == []


def test_test_names_can_be_read_alone() -> None:
    found = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and FRAGMENT.match(node.name):
                found.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert found == []


def test_guard_finds_riddles() -> None:
    assert riddles("What is younger may change.") == ["What is younger may change."]
    assert riddles("Wait. Whoever asks again gets the same answer.") == ["Whoever asks again gets the same answer."]
    assert riddles("Who wins? The earliest.") == []
