"""Templates: filling in variables, and Meta's rules."""

import pytest

from sandbox.twilio import templates
from tests.sandbox.twilio.conftest import OFFER

BODY = OFFER["types"]["twilio/quick-reply"]["body"]
ACTIONS = OFFER["types"]["twilio/quick-reply"]["actions"]
SAMPLES = OFFER["variables"]


def test_values_are_filled_into_text_and_payloads() -> None:
    filled = templates.fill(BODY, ACTIONS, SAMPLES, {"1": "Zoë", "2": "M4X9"})
    assert filled.body == "Hello Zoë, there is a new inspection for you: M4X9. Will you take it?"
    assert filled.actions == (("Yes", "yes_M4X9"), ("No", "no_M4X9"))
    assert filled.samples_used == ()


@pytest.mark.parametrize(
    ("given", "text", "missing"),
    [
        pytest.param({}, "Ada and K7F3", ("1", "2"), id="nothing given"),
        pytest.param({"2": "M4X9"}, "Ada and M4X9", ("1",), id="one given"),
        pytest.param({"1": "Zoë", "2": "M4X9", "3": "more"}, "Zoë and M4X9", (), id="more than there are"),
        pytest.param({"1": "{{2}}", "2": "M4X9"}, "{{2}} and M4X9", (), id="a value that looks like a variable"),
    ],
)
def test_missing_value_is_replaced_by_its_sample(given: dict[str, str], text: str, missing: tuple[str, ...]) -> None:
    assert templates.fill("{{1}} and {{ 2 }}", [], SAMPLES, given) == (text, (), missing)


def test_payload_of_a_button_without_an_id_is_its_title() -> None:
    assert templates.fill("Well?", [{"title": "Yes"}], {}, {}).actions == (("Yes", "Yes"),)


@pytest.mark.parametrize(
    ("body", "samples", "reason"),
    [
        pytest.param("{{1}}, there is a new inspection", {"1": "a"}, "starts with", id="variable first"),
        pytest.param(" {{1}} is the new inspection code", {"1": "a"}, "starts with", id="blank, variable"),
        pytest.param("There is a new inspection: {{1}}", {"1": "a"}, "ends with", id="variable last"),
        pytest.param("There is a new inspection: {{1}}.", {"1": "a"}, "ends with", id="variable, full stop"),
        pytest.param("هناك معاينة جديدة لك اليوم {{1}}؟", {"1": "a"}, "ends with", id="variable, Arabic question mark"),
        pytest.param("The new job {{1}} {{2}} is for you", {"1": "a", "2": "b"}, "adjacent", id="adjacent"),
        pytest.param("The new job {{1}}{{2}} is for you", {"1": "a", "2": "b"}, "adjacent", id="touching"),
        pytest.param("There is {{1}} for you", {}, "no sample", id="no sample"),
        pytest.param("There is {{1}} and {{3}} for you here", {"1": "a", "3": "b"}, "gaps", id="a number skipped"),
        pytest.param("There: {{1}} yes", {"1": "a"}, "too few words", id="two words for one variable"),
        pytest.param("👋 There {{1}} 👋 here", {"1": "a"}, "too few words", id="emoji are no words"),
    ],
)
def test_broken_rule_is_named(body: str, samples: dict[str, str], reason: str) -> None:
    broken = templates.broken_rule(body, [], samples, "en")
    assert broken is not None
    assert reason in broken


@pytest.mark.parametrize(
    ("body", "samples", "language"),
    [
        pytest.param(BODY, SAMPLES, "en", id="the desk's"),
        pytest.param("There is {{1}} for you", {"1": "a"}, "en", id="three words for one variable"),
        pytest.param("There is {{1}} for {{1}} today", {"1": "a"}, "en", id="twice the same"),
        pytest.param("Hello {{name}}, how are you?", {"name": "Ada"}, "en", id="a name for a variable"),
        pytest.param("Nothing to fill in", {}, "en", id="no variable"),
        pytest.param("您好{{1}}，您有新的任务", {"1": "a"}, "zh_CN", id="written without blanks"),
        pytest.param("معاينة جديدة {{1}} لك اليوم", {"1": "a"}, "ar", id="Arabic"),
    ],
)
def test_template_that_keeps_the_rules_passes(body: str, samples: dict[str, str], language: str) -> None:
    assert templates.broken_rule(body, [], samples, language) is None


def test_rules_apply_to_buttons_too() -> None:
    assert "no sample" in (templates.broken_rule("Well?", [{"title": "Yes", "id": "yes_{{1}}"}], {}, "en") or "")
    titled = templates.broken_rule("Well?", [{"title": "Yes {{1}}", "id": "yes"}], {"1": "a"}, "en")
    assert "title has a variable" in (titled or "")
