"""Functions of the product that query MongoDB, found in their source: each must run a query in some test."""

import ast
from collections.abc import Iterator

from tests.queries.listening import ROOT

#: A function that calls one of these names runs a command: names of MongoEngine, pymongo, and our own `Record`.
SPEAKS = frozenset(("objects", "collection", "find_and_update", "upsert", "insert_missing"))


def speakers(source: str) -> Iterator[str]:
    """Yield the qualified names of the functions in a module that query MongoDB."""
    yield from _speakers(ast.parse(source), "")


def _speakers(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _speakers(child, f"{within}{child.name}.")
        elif isinstance(child, ast.FunctionDef) and _speaks(child):
            yield within + child.name


def _speaks(function: ast.FunctionDef) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr in SPEAKS for each in ast.walk(function))


def silent(asked: set[str]) -> list[str]:
    """Return the functions of the product that query MongoDB in their source but ran no query."""
    every = {
        f"{path.relative_to(ROOT).as_posix()} {name}"
        for path in (ROOT / "dispatch").rglob("*.py")
        for name in speakers(path.read_text())
    }
    return sorted(every - asked)
