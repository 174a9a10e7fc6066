"""Templates: each wording as Twilio has it, one row a content; a changed wording is another row."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, ListField, StringField

from dispatch.models.base.record import Record
from dispatch.rules.outbox.window import Approval


class Template(Record):
    """What was pushed of a wording. `name` holds a hash of all that Meta sees, so it stands for this content alone.

    `key` and `language` are the catalogue's; `variables` are the names behind {{1}}, {{2}} …; `buttons` have a title
    and an id each. `status` and `meta_category` are Meta's word, `reason` why it refused. A row without `category` is
    never submitted: it is sent inside the window only.
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
    def everything(cls) -> list["Template"]:
        """Return all that was ever pushed, in that order: some hundred rows."""
        return list(cls.objects.order_by("id"))

    @classmethod
    def pushed(cls, facts: Mapping[str, Any], content_sid: str, status: Approval, now: datetime) -> None:
        """Keep what Twilio calls a content; `facts` are the wording's, with its name."""
        fresh = {**facts, "pushed_at": now}
        change = {"$set": {"content_sid": content_sid, "status": status.value}, "$setOnInsert": fresh}
        cls.upsert({"name": facts["name"]}, change)

    @classmethod
    def stands(cls, name: str, status: Approval, now: datetime, *, category: str | None, reason: str | None) -> None:
        """Write down Meta's word on a template."""
        word = {"status": status.value, "meta_category": category, "reason": reason, "checked_at": now}
        shows = {field: value for field, value in word.items() if value is not None}
        cls.find_and_update({"name": name}, {"$set": shows, **({} if reason else {"$unset": {"reason": 1}})})

    @classmethod
    def by_content(cls, content_sid: str) -> "Template | None":
        """Return the template that Twilio calls so."""
        return cls.find_first({"content_sid": content_sid})

    @property
    def is_pushed(self) -> bool:
        """Whether Twilio has it, and it was submitted if it is to be approved."""
        return self.content_sid is not None and (self.category is None or self.status != Approval.UNSUBMITTED)


class Book:
    """What can be sent as a content, found by the catalogue's key and language; the latest of each wins."""

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
        """Return what Meta has approved for this wording, in the first of these languages that has it."""
        return next((found for each in languages if (found := self._approved.get((key, each)))), None)

    def with_buttons(self, key: str, language: str) -> Template | None:
        """Return the content with buttons for this wording, approved or not: inside the window that is enough."""
        return self._buttons.get((key, language))
