"""Texts that a person must answer."""

import pytest

from dispatch.rules.inbox import text
from dispatch.rules.inbox.open_questions import needs_answer
from tests.tables import each_row


@each_row(
    ("written", "by_agent", "by_client"),
    [
        pytest.param("Thank you", False, False, id="thanks"),
        pytest.param("ok 👍", False, False, id="ok"),
        pytest.param("YES please", False, False, id="an answer"),
        pytest.param("I'm in traffic, 20 minutes late", True, True, id="free text"),
        pytest.param("yes, but not today", True, True, id="doubt"),
        pytest.param("Where do I get the key?", True, True, id="a question"),
        pytest.param("yes?", True, True, id="a word as a question"),
        pytest.param("C'est à quelle heure ?", True, True, id="a French question"),
        pytest.param("❎", True, True, id="a doubtful sign"),
        pytest.param("x" * 400, True, True, id="a long text"),
        pytest.param("I can't make it", False, True, id="a client who can't come"),
        pytest.param("help", False, True, id="a client who asks for help"),
        pytest.param("", False, False, id="nothing"),
    ],
)
def test_text_that_is_not_understood_needs_an_answer(written: str, by_agent: bool, by_client: bool) -> None:
    word = text.read(written)
    found = [needs_answer(written, word, has_media=False, is_client=is_client) for is_client in (False, True)]
    assert found == [by_agent, by_client]


def test_picture_without_a_text_needs_an_answer() -> None:
    assert needs_answer("", text.read(""), has_media=True, is_client=False)
