"""The form of a message: each template can be filled from the documents, and window and approvals decide the form."""

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from dispatch.actions.outbox import text_or_template
from dispatch.models import Agent, Job
from dispatch.models.base.record import utc_now
from dispatch.models.template import Book, Template
from dispatch.rules.inbox import buttons
from dispatch.rules.outbox.window import Approval
from dispatch.wording import templates as worded
from tests.builders import a_job, an_agent, ready_to_send
from tests.pretending import a_message
from tests.settings import changed
from tests.tables import each_row

pytestmark = pytest.mark.usefixtures("stores_clean")
_JOB = ("code", "round", "plan", "starts_at", "timezone", "notes", "property_details", "client_details")


@pytest.fixture
def rows() -> tuple[dict[str, Any], dict[str, Any]]:
    """A job and its agent, as they are read for a batch."""
    job, agent = a_job(notes="Ring twice"), an_agent(name="Ada Obi")
    return Job.rows_by_id([job.id], *_JOB)[job.id], Agent.rows_by_id([agent.id], "name", "phone")[agent.id]


@each_row("each", worded.templates(), ids=lambda each: f"{each.key}-{each.language}")
def test_every_template_can_be_filled(rows: tuple[dict[str, Any], dict[str, Any]], each: worded.Template) -> None:
    job, agent = rows
    message = a_message(each.key, job=job["_id"], offer=ObjectId(), plan=1)
    [going] = ready_to_send(message.id, now=utc_now())
    known = text_or_template._known(going, job, agent, each.language, utc_now())
    filled = worded.fill(each.variables, known, each.language)
    assert "{" not in worded.rendered(each.body, filled)
    for _, id_ in each.buttons:
        tapped = buttons.read(worded.rendered(id_, filled))
        assert (tapped.job, tapped.plan) == (str(job["_id"]), 1)


def _row(language: str, status: Approval, **more: Any) -> Template:
    facts = {"name": f"offer_{language}_{status}", "key": "offer", "language": language, "content_sid": f"HX{language}"}
    return Template(**{**facts, "status": status.value, "body": "", **more})


@each_row(
    ("templates", "is_open", "expected"),
    [
        pytest.param([_row("fr", Approval.APPROVED)], False, "HXfr", id="approved in their language"),
        pytest.param([_row("fr", Approval.PENDING), _row("en", Approval.APPROVED)], False, "HXen", id="in English"),
        pytest.param([_row("fr", Approval.PENDING)], False, None, id="nothing is approved"),
        pytest.param([_row("fr", Approval.REJECTED)], False, None, id="rejected"),
        pytest.param([_row("fr", Approval.PENDING)], True, None, id="open, without buttons: text"),
        pytest.param(
            [_row("fr", Approval.PENDING, buttons=[{"title": "OUI", "id": "yes:{{1}}"}])],
            True,
            "HXfr",
            id="buttons need no approval",
        ),
        pytest.param([_row("fr", Approval.APPROVED, content_sid=None)], False, None, id="never pushed"),
        pytest.param(
            [_row("fr", Approval.APPROVED), _row("fr", Approval.PENDING, content_sid="HXnew")],
            False,
            "HXfr",
            id="the earlier version until the new one is approved",
        ),
        pytest.param(
            [_row("fr", Approval.APPROVED), _row("fr", Approval.APPROVED, content_sid="HX2")],
            False,
            "HX2",
            id="then the new one",
        ),
    ],
)
def test_the_window_and_the_approvals_decide_the_content_of_a_message(
    templates: list[Template], is_open: bool, expected: str | None
) -> None:
    [going] = ready_to_send(a_message("offer", language="fr").id, now=utc_now())
    found = text_or_template._content(going, Book(templates), is_open)
    assert (found and found.content_sid) == expected


def test_language_of_the_desk_comes_before_english(monkeypatch: pytest.MonkeyPatch) -> None:
    [going] = ready_to_send(a_message("offer", language="fr").id, now=utc_now())
    book = Book([_row("en", Approval.APPROVED), _row("pt", Approval.APPROVED)])
    monkeypatch.setattr(text_or_template, "settings", lambda: changed(defaults={"language": "pt-BR"}))
    assert text_or_template._content(going, book, False).content_sid == "HXpt"


def test_another_wording_of_a_kind_has_its_own_template_and_the_kinds_until_that_is_approved() -> None:
    [going] = ready_to_send(a_message("offer", language="fr").id, now=utc_now())
    held, own = replace(going, wording="offer_held"), _row("fr", Approval.APPROVED)
    assert text_or_template._content(held, Book([own]), False) is own
    another = _row("fr", Approval.APPROVED, key="offer_held", content_sid="HXheld")
    assert text_or_template._content(held, Book([own, another]), False) is another
    assert text_or_template._content(going, Book([own, another]), False) is own
