"""Real texts and the word of each."""

import time

import pytest

from dispatch.rules.inbox import words
from dispatch.rules.inbox.meaning import Word, read
from tests.tables import each_row

TEXTS = {
    Word.YES: [
        *("yes", "YES", "Yes.", "y", "Y", "Yeah", "yep", "yup", "Yess", "yesss", "YEEES".replace("EEE", "E")),
        *("Yes please!", "YES 🙏🏽", "yes,i'll take it", "I’ll take it", "i take it", "Mine", "it's mine", "accept"),
        *(
            "I accept",
            "I accept this job",
            "Accepted, thank you",
            "interested",
            "I am interested",
            "I’m interested sir",
        ),
        *("I am available", "count me in", "yes sir", "Yes ma", "Good morning, yes please", "Hello sir, yes", "yes o"),
        *("ＹＥＳ", "y\u200bes", "𝐘𝐞𝐬", "yés", "*YES*", "_yes_", "“Yes”", "‘yes’", "yes\n\nthanks", "ok yes", "👍 yes"),
        *("yes k7f3", "K7F3 yes", "YES K7F3.", "#K7F3 - yes please", "yes to K7F3", "Yes for *k7f3* 🙏", "yes yes yes"),
    ],
    Word.NO: [
        *("no", "NO", "N", "nope", "Noo", "decline", "pass", "No thanks", "no thank you sir", "not available", "busy"),
        *(
            "I am not available",
            "I'm busy",
            "not interested",
            "Sorry, no",
            "No K7F3",
            "👎🏾",
            "not today",
        ),
    ],
    Word.CONFIRM: [
        *(
            "confirm",
            "CONFIRM K7F3",
            "Confirmed",
            "k7f3 confirmed",
            "I confirm",
            "Yes, I confirm",
            "comfirm",
            "confirm pls",
        ),
        "Good afternoon. Confirmed, thanks 🙏🏿",
    ],
    Word.BEGIN: [
        "begin",
        "Begin K7F3",
        "started",
        "I'm here",
        "I have arrived",
        "arrived",
        "on site",
        "Start, I'm here",
    ],
    Word.START: ["start", "START", "Start!", "start K7F3", "start now"],
    Word.COMPLETE: [
        "complete",
        "COMPLETE K7F3",
        "done",
        "All done",
        "Done sir",
        "finished",
        "job done",
        "yes, done",
        "K7F3 done",
    ],
    Word.RELEASE: [
        *("release", "RELEASE K7F3", "can't make it", "I can’t make it", "Sorry sir, I cannot make it", "I can't come"),
        *("No, I can't make it", "k7f3: unable to make it", "I can't make it again", "give it back please"),
    ],
    Word.HELP: ["help", "HELP!", "help?", "Help me please", "menu"],
    Word.STOP: [
        *("STOP", "stop.", "Stop!", "stop all", "STOPALL", "unsubscribe", "Stopppp", "stop stop", "Stop please"),
        *("please stop", "Stop! Thank you", "hello, please stop sir", "stop now", "Pls unsubscribe me"),
    ],
    Word.QUIT: ["cancel", "CANCEL.", "End", "quit!"],
    Word.RESUME: ["resume", "Subscribe", "unstop"],
    Word.WEAK: [
        *(
            "ok",
            "Okay",
            "OKAY!!!",
            "okk",
            "sure",
            "fine",
            "alright",
            "cool",
            "noted",
            "Noted sir",
            "👍",
            "👍🏽",
            "👍🏿👍🏿",
            "👌",
        ),
        *("✅", "✔️", "no problem", "No wahala", "no problem sir", "of course", "got it", "K7F3", "k7f3 please"),
    ],
    Word.UNKNOWN: [
        *("", " ", "\n", "?", "…", "🙏", "please", "thanks", "hi", "Good morning sir", "this one", "😀"),
        *(
            "yes but not today",
            "not yes",
            "is it yes?",
            "yes?",
            "Yes, where is it?",
            "yes no",
            "yes or no",
            "maybe",
            "no yes",
        ),
        *(
            "yes if the client pays",
            "yes tomorrow",
            "yes 2pm",
            "yes 🤔",
            "yes ❌",
            "yes 👎",
            "yes ❓",
            "yes⁉",
            "yes？",
            "yes؟",
        ),
        *("yesterday", "yes-terday", "Y E S", "nyes", "yes 4bhk", "yes i am busy", "I am not sure, yes", "say yes"),
        *(
            "I can't confirm",
            "can't confirm",
            "don't confirm",
            "Do not confirm",
            "I will confirm",
            "confirm?",
            "to confirm",
        ),
        *("not done yet", "not done", "almost done", "done?", "am i done", "well done", "is the job done", "done no"),
        *(
            "stop calling me",
            "please don't stop",
            "stop K7F3",
            "bus stop",
            "stop?",
            "stop yes",
            "stop the job",
            "stop this job please",
            "cancel please",
            "cancel K7F3",
            "the end",
        ),
        *(
            "not busy",
            "no longer available",
            "no confirm",
            "help yes",
            "I start tomorrow",
            "on my way",
            "resume K7F3 later",
        ),
        *("K7F3?", "K7F3 is where", "don’t start", "can i accept", "i was interested", "да"),
    ],
}


@each_row(("text", "word"), [pytest.param(t, w, id=f"{w}: {t!r}") for w, ts in TEXTS.items() for t in ts])
def test_text_is_read_as_its_word(text, word):
    assert read(text) is word


@each_row("filler", [" please", " 🙏🏿", ", thanks sir", "!!!", " 😂"])
@each_row("word", ["yes", "no", "confirm", "begin", "complete", "help"])
def test_polite_words_do_not_change_the_word(word, filler):
    assert read(word + filler) is Word(word)
    assert read(f"Good evening ma, {word.upper()}{filler}") is Word(word)


@each_row("spoiler", ["not", "never", "dont", "cant", "if", "but", "maybe", "later", "unless", "?", "🤷‍♂️", "50"])
@each_row("word", ["yes", "i accept", "confirm", "done", "arrived", "ok", "👍"])
@each_row("order", ["{0} {1}", "{1} {0}", "{0}, {1} please"])
def test_word_with_a_negation_condition_or_question_is_unknown(word, spoiler, order):
    assert read(order.format(word, spoiler)) is Word.UNKNOWN


def test_every_phrase_is_read_as_the_table_has_it():
    for phrase, meaning in words.PHRASES.items():
        expected = Word.UNKNOWN if meaning in words.EMPTY else Word(meaning)
        assert words.read(phrase) is expected, phrase


@each_row(
    "text",
    [
        pytest.param("a" * 1_000_000, id="one long word"),
        pytest.param("yes " * 400_000, id="too many yeses"),
        pytest.param("ﷺ" * 4096, id="a letter that unfolds into eighteen"),
        pytest.param("ﷺ" * 300, id="as many of them as an answer may have"),
        pytest.param("\u0301\u0327" * 2048, id="marks to be sorted"),
        pytest.param("i can not " * 400, id="beginnings of phrases"),
        pytest.param("\ud800\x00\uffff", id="what is no text"),
    ],
)
def test_hostile_text_is_read_fast_and_claims_nothing(text):
    began = time.process_time()  # what others do on this machine costs nothing
    assert read(text) is Word.UNKNOWN
    assert time.process_time() - began < 2
