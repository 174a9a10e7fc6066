"""Templates: the texts that were pushed to Twilio as contents, one row a content; a changed text is another row."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, ListField, StringField

from dispatch.models.base.record import Record
from dispatch.rules.outbox.window import Approval


class Template(Record):
    """A text that was pushed to Twilio.

    `name` ends with a hash of everything that Meta sees, so no other content has the name. `key` is the message's kind.
    `variables` are the names behind {{1}}, {{2}} …; `buttons` have a title and an id each. `status` and `meta_category`
    are Meta's decision, `reason` is why Meta refused. A row without `category` is never submitted for approval: it is
    sent inside the window only.
    """

    name = StringField(required=True)
    key = StringField(required=True)
    language = StringField(required=True)
    category = StringField()
    body = StringField(required=True)
    variables = ListField(StringField())
    buttons = ListField(DictField())
    content_sid = StringField()
    status = StringField(default=Approval.UNSUBMITTED.value)
    meta_category = StringField()
    reason = StringField()
    pushed_at = DateTimeField()
    checked_at = DateTimeField()

    meta = {"collection": "templates", "indexes": [{"fields": ["name"], "unique": True}, {"fields": ["content_sid"]}]}

    @classmethod
    def all_pushed(cls) -> list["Template"]:
        """Return all templates that were ever pushed, oldest first: a few hundred rows."""
        return list(cls.objects.order_by("id"))

    @classmethod
    def record_push(cls, facts: Mapping[str, Any], content_sid: str, status: Approval, now: datetime) -> None:
        """Save the SID and status of a pushed content. `facts` are the other fields of the row, with its name."""
        fresh = {**facts, "pushed_at": now}
        change = {"$set": {"content_sid": content_sid, "status": status.value}, "$setOnInsert": fresh}
        cls.upsert({"name": facts["name"]}, change)

    @classmethod
    def set_status(
        cls, name: str, status: Approval, now: datetime, *, category: str | None, reason: str | None
    ) -> None:
        """Save Meta's decision on a template."""
        word = {"status": status.value, "meta_category": category, "reason": reason, "checked_at": now}
        shows = {field: value for field, value in word.items() if value is not None}
        cls.find_and_update({"name": name}, {"$set": shows, **({} if reason else {"$unset": {"reason": 1}})})

    @classmethod
    def by_content(cls, content_sid: str) -> "Template | None":
        """Return the template with Twilio's SID. Return None if there is none."""
        return cls.find_first({"content_sid": content_sid})

    @property
    def is_pushed(self) -> bool:
        """Whether Twilio has the content, and it was submitted for approval if it needs one."""
        return self.content_sid is not None and (self.category is None or self.status != Approval.UNSUBMITTED)


class Book:
    """The contents that can be sent, by kind and language. The latest of each is used."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._approved: dict[tuple[str, str], Template] = {}
        self._buttons: dict[tuple[str, str], Template] = {}
        self.is_empty = True
        for each in templates:
            if each.content_sid is None:
                continue
            self.is_empty = False
            if each.status == Approval.APPROVED:
                self._approved[each.key, each.language] = each
            if each.buttons and each.status != Approval.DISABLED:
                self._buttons[each.key, each.language] = each

    def approved(self, key: str, *languages: str) -> Template | None:
        """Return the approved template of a kind, in the first of these languages that has one, or None."""
        return next((found for each in languages if (found := self._approved.get((key, each)))), None)

    def with_buttons(self, key: str, language: str) -> Template | None:
        """Return the content of a kind with buttons, or None. Inside the window it needs no approval."""
        return self._buttons.get((key, language))
