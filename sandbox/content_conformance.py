"""Conformance checks of the Content API: tables, the SDK's requests, and objects without a schema."""

import json
from collections.abc import Iterator, Set
from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from sandbox.twilio import PretendTwilio, facts, spec
from sandbox.twilio.spec import Spec

Check = tuple[str, list[str]]

BUTTONS = {
    "body": "Hello {{1}}, there is a new inspection for you: {{2}}. Will you take it?",
    "actions": [{"type": "QUICK_REPLY", "title": "Yes", "id": "yes_{{2}}"}],
}
TEXT = {"body": "Hello {{1}}, there is a new inspection for you."}


def differences(ours: Set[str], theirs: Set[str]) -> list[str]:
    """Return the names that only one side has, one line each."""
    return [f"{name}: only ours" for name in sorted(ours - theirs)] + [
        f"{name}: only theirs" for name in sorted(theirs - ours)
    ]


def tables(document: Spec) -> Iterator[Check]:
    """Compare the tables of facts with the document. We support only some of its types."""
    for name, ours, schema in (
        ("content parameters", facts.CONTENT_PARAMETERS, document.request(spec.CONTENTS)),
        ("approval parameters", facts.APPROVAL_PARAMETERS, document.request(spec.SUBMISSION)),
        ("content fields", facts.CONTENT_FIELDS, document.answer(spec.CONTENTS, "post", 201)),
        ("approval fields", facts.APPROVAL_FIELDS, document.answer(spec.SUBMISSION, "post", 201)),
        ("content page", facts.META_FIELDS, document.answer(spec.CONTENTS, "get", 200)["properties"]["meta"]),
    ):
        yield name, differences(set(ours), set(schema["properties"]))
    listed = document.answer(spec.WITH_APPROVALS, "get", 200)["properties"]["contents"]["items"]
    yield "contents with approvals", differences(set(facts.CONTENT_WITH_APPROVAL_FIELDS), set(listed["properties"]))
    types = document.schema("types")["properties"]
    for kind, ours in facts.CONTENT_TYPES.items():
        yield kind, differences(ours, set(types.get(kind, {}).get("properties", ())))
    yield "button types", differences({"QUICK_REPLY"}, document.enum("quickReplyActionType"))
    sid = document.parameters(spec.CONTENT, "path")["Sid"]["pattern"]
    yield "content sid", [] if sid == f"^{facts.CONTENT_SID}$" else [f"ours is {facts.CONTENT_SID}, theirs {sid}"]
    for path in (spec.CONTENTS, spec.WITH_APPROVALS):
        size = document.parameters(path, "query")["PageSize"]
        yield f"page size of {path}", [] if size.get("maximum") == facts.MAX_PAGE_SIZE else [f"theirs is {size}"]


def use(client: Client, twilio: PretendTwilio, sender: str, person: str) -> None:
    """Call all template operations with the SDK, and send a template."""
    contents = client.content.v1.contents
    sids = [
        contents.create(
            ContentList.ContentCreateRequest(
                {"friendly_name": "offer", "language": "en", "variables": {"1": "Ada", "2": "K7F3"}, "types": types}
            )
        ).sid
        for types in ({"twilio/quick-reply": BUTTONS}, {"twilio/text": TEXT}, {"twilio/text": TEXT})
    ]
    contents(sids[0]).fetch()
    contents(sids[0]).approval_fetch().fetch()
    request = ApprovalCreateList.ContentApprovalRequest({"name": "offer_v1", "category": "UTILITY"})
    contents(sids[0]).approval_create.create(request)
    for status in facts.DECISIONS:
        twilio.decide(sids[0], status)
        contents(sids[0]).approval_fetch().fetch()
    contents.list(page_size=2)
    client.content.v1.content_and_approvals.list(page_size=2)
    twilio.decide(sids[0], "approved")
    sent = json.dumps({"1": "Zoë", "2": "M4X9"})
    client.messages.create(to=person, from_=sender, content_sid=sids[0], content_variables=sent, validity_period=60)
    contents(sids[1]).delete()
    for refused in (contents(sids[1]).fetch, lambda: contents(sids[0]).approval_create.create(request)):
        try:
            refused()
        except TwilioRestException:
            continue


def request_problems(document: Spec, template: str, given: Any, status: int) -> list[str]:
    """Return the errors of a request's JSON. A null counts as absent: the SDK sends nulls."""

    if status >= 400:  # a refused request is wrong on purpose
        return []
    return spec.wrong(document.request(template), _without_nulls(given))


def inner(document: Spec, template: str, body: Any) -> list[str]:
    """Compare objects without a schema (approvals, links) with the document's examples."""
    place = {spec.APPROVAL: "whatsapp", spec.WITH_APPROVALS: "approval_requests", spec.CONTENT: "links"}.get(template)
    if place is None or body is None:
        return []
    examples = document.examples(template, "get", 200)
    theirs: dict[str, Any] = next((each[place] for one in examples for each in _rows(one) if place in each), {})
    return [line for each in _rows(body) for line in differences(set(each[place]), set(theirs))]


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    return list(body["contents"]) if "contents" in body else [body]


def _without_nulls(given: Any) -> Any:
    if isinstance(given, dict):
        return {name: _without_nulls(value) for name, value in given.items() if value is not None}
    return [_without_nulls(each) for each in given] if isinstance(given, list) else given
