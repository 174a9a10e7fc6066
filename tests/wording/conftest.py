"""A language that has just begun: it has a few kinds only."""

import shutil
from pathlib import Path

import pytest

from dispatch.wording import catalogue, templates

HERE = Path(catalogue.__file__).parent
GERMAN = {"offer": "Neue Besichtigung am {date}: {title}, *{code}* heute.", "declined": "Gut, *{code}* ist abgelehnt."}


def forget() -> None:
    """Read the files again."""
    for cached in (catalogue._known, catalogue._read, templates._derived):
        cached.cache_clear()


@pytest.fixture
def german(tmp_path, monkeypatch):
    """Another file beside the others, with two texts."""
    for file in HERE.glob("*.toml"):
        shutil.copy(file, tmp_path)
    head = (HERE / "en.toml").read_text("utf-8").split("[texts]")[0].replace('"en"', '"de"').replace("EEEE ", "EEEE, ")
    texts = "".join(f'{key} = "{text}"\n' for key, text in GERMAN.items())
    (tmp_path / "de.toml").write_text(f"{head}[texts]\n{texts}", "utf-8")
    monkeypatch.setattr(catalogue, "_FILES", tmp_path)
    forget()
    yield "de"
    monkeypatch.undo()
    forget()
