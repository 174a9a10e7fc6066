"""Signs in a text: only those of a small set change no answer; any other sign makes the text unknown."""

import sys
import time
import unicodedata
from datetime import UTC, datetime

import pytest

from dispatch.rules.inbox import pause_texts, words
from dispatch.rules.inbox.meaning import Act, InboundText, JobStanding, Matter, Question, Word, read, understand
from dispatch.rules.inbox.vocabulary import signs
from tests.tables import each_row

EVERY_SIGN = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n))[0] == "S"]
FLAGS = ["🇳🇬", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏳️‍🌈", "🏴‍☠️"]
COMPOSED = ["🤷‍♂️", "🙅🏽‍♀️", "❤️‍🩹", "👨‍👩‍👧", "🧑🏿‍⚕️", "#⃣", "⁉️", "1️⃣", "🔟", "✖️", "✖\ufe0e", "❌", "⛔", "🚫", "🖕🏾"]
SAD = [":(", ":-(", ":/", ":'(", ";(", ":|"]
ODD = ["¿", "‽", "⸮", "\u037e", "՞", "<", ">", "|", "=", "^", "%", "[ ]", "№", "Ⓝ", "\ue000", "\U0001faff", "\x00", "�"]
STRUCK = ["~{}~", "~~{}~~", "~{} K7F3~", "～{}～", "{} ~no~", "~no~ {}"]
OVERLAYS = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.combining(chr(n)) == 1]
ENCLOSING = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) == "Me" and n != 0x20E3]
SAID = ["yes", "YES K7F3", "K7F3", "confirm", "CONFIRM K7F3", "ok", "done", "👍", "✅"]
MATTERS = [Matter("job", "K7F3", JobStanding.OFFERED), Matter("other", "M4T9", JobStanding.ASSIGNED)]


def act(text: str) -> Act:
    """Return the act of a text after the offer of K7F3."""
    return understand(InboundText(text), MATTERS, Question(Word.YES, "job"), opted_out=False).act


@each_row("sign", ["❎", "✖️", "✗", "✘", *FLAGS, *COMPOSED, *SAD, *ODD])
@each_row("said", SAID)
def test_answer_with_a_doubtful_sign_is_unknown(said: str, sign: str) -> None:
    for text in (f"{said} {sign}", f"{sign} {said}", f"{said}{sign}", f"{said} please {sign}!"):
        assert act(text) in (Act.UNKNOWN, Act.ASK_BACK), text


@each_row("mark", STRUCK)
@each_row("said", SAID)
def test_answer_that_is_struck_through_is_unknown(said: str, mark: str) -> None:
    assert act(mark.format(said)) is Act.UNKNOWN


@each_row("stroke", [*OVERLAYS, *ENCLOSING])
@each_row("said", ["yes", "K7F3", "confirm K7F3", "ok"])
def test_answer_with_strokes_through_its_letters_is_unknown(said: str, stroke: str) -> None:
    assert act("".join(letter + stroke for letter in said)) in (Act.UNKNOWN, Act.ASK_BACK)
    assert act(said + stroke) in (Act.UNKNOWN, Act.ASK_BACK)


def test_every_symbol_of_unicode_that_no_table_has_makes_a_text_unknown() -> None:
    known = signs.HARMLESS | {token for phrase in words.PHRASES for token in phrase}
    dropped = {sign for sign in EVERY_SIGN if not words.fold(sign)}
    wrong = [f"{ord(sign):x}" for sign in EVERY_SIGN if sign not in known | dropped and read(f"yes {sign}") is Word.YES]
    assert wrong == []
    assert dropped == {"´", "`"}  # people write them as apostrophes


@each_row(
    ("text", "word"),
    [
        *[
            (text, Word.WEAK)
            for text in ("👍🏽", "👍🏿👍🏿", "✅", "✔️", "☑️", "ok 🙏", "ok 🙏🏾", "Ok!!! 😊", "👌🏼", "🫡", "💯")
        ],
        *[(text, Word.YES) for text in ("YES!!!", "yes, please :)", "yes 🙂", "Yes ❤️", "yes :-) ;)", "• yes", "(yes)")],
        *[
            (text, Word.YES)
            for text in ("*yes*", "_yes_", "“Yes”", "«Yes»", "¡yes!", "ＹＥＳ！", "yes。", "yes 🙋🏽‍♀️", "`yes`")
        ],
        *[(text, Word.NO) for text in ("👎🏾", "No 🙏", "No, sorry 🙇‍♂️")],
        *[(text, Word.COMPLETE) for text in ("done ✅", "Done 🎉🎉", "done 👍🏽", "job done 💪🏿")],
        *[(text, Word.STOP) for text in ("STOP 🛑", "STOP!!! 😡", "❌ stop", "stop ✋🏽", "STOP :(")],
    ],
)
def test_sign_of_the_known_set_changes_nothing(text: str, word: Word) -> None:
    assert read(text) is word


ZEROS = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.decimal(chr(n), None) == 0]


@each_row("zero", ZEROS)
def test_digit_of_any_script_is_a_digit_in_a_code_and_in_a_pause(zero: str) -> None:
    seven, three, two = (chr(ord(zero) + n) for n in (7, 3, 2))
    asked = understand(InboundText(f"YES k{seven}f{three}"), MATTERS, None, opted_out=False)
    assert (asked.act, asked.job) == (Act.CLAIM, "job")
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert pause_texts.until(f"pause {two}h", now, "UTC") == now.replace(hour=11)


@each_row("code", ["K7️⃣F3️⃣", "K⑦F③", "K⁷F³", "Ｋ７Ｆ３", "K❼F❸"])
def test_digit_in_any_form_is_a_digit_in_a_code(code: str) -> None:
    assert act(f"yes {code}") is Act.CLAIM


@each_row("text", ["yes" + " " * 298, "yes please " * 30, "y" + "e" * 300 + "s", "done\n" * 61, "stop " * 61])
def test_text_over_300_characters_is_no_answer(text: str) -> None:
    assert len(text) > words.LONGEST_TEXT
    assert read(text) is Word.UNKNOWN


@each_row("text", ["pause 2h" + " " * 300, "pause 2h " + "ﷺ" * 20])
def test_text_over_300_characters_is_no_pause(text: str) -> None:
    assert pause_texts.until(text, datetime(2026, 11, 26, 9, tzinfo=UTC), "UTC") is None


@pytest.mark.parametrize("heavy", ["ﷺ" * 4096, "ﷺ" * 300, "ﷺ" * 16, "\u0301\u0327" * 150, "i can not " * 29])
def test_forty_heavy_texts_are_read_in_less_than_a_second(heavy: str) -> None:
    began = time.process_time()
    for _ in range(40):
        assert act(f"yes {heavy}") is Act.UNKNOWN
        assert pause_texts.until(heavy, datetime(2026, 11, 26, 9, tzinfo=UTC), "UTC") is None
    assert time.process_time() - began < 1
