"""Join codes: drawn, and read in a text that is nothing else."""

import secrets

import pytest

from dispatch.rules.inbox import join_codes
from dispatch.rules.jobs import codes
from tests.tables import each_row


def test_each_code_is_read_in_its_text_and_looks_like_no_code_of_a_job() -> None:
    for _ in range(200):
        code = join_codes.make(secrets.randbelow)
        assert join_codes.code_in(join_codes.as_text(code)) == code
        assert not codes.looks_like(code)


@each_row(
    ("text", "code"),
    [
        pytest.param("JOIN 7F3K", "7F3K", id="as it was given"),
        pytest.param("join: 7f3k.", "7F3K", id="in lower case, with punctuation"),
        pytest.param("Join ٧F٣K", "7F3K", id="digits of another script"),
        pytest.param("JOIN 7F3K please", None, id="with another word"),
        pytest.param("JOIN 7F3KK", None, id="a longer code"),
        pytest.param("JOIN 7A3K", None, id="a letter that no code has"),
        pytest.param("don't JOIN 7F3K", None, id="the opposite"),
        pytest.param("JOIN7F3K", None, id="one word"),
        pytest.param("7F3K", None, id="the code alone"),
        pytest.param("JOIN 7F3K" + "!" * 400, None, id="a long text"),
        pytest.param("", None, id="empty"),
    ],
)
def test_code_is_read_only_in_a_request_to_join(text: str, code: str | None) -> None:
    assert join_codes.code_in(text) == code
