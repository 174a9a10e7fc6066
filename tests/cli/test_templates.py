"""`flask templates`: each wording becomes a template at Twilio once, and Meta's decision on it is shown."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import settings
from dispatch import redis_client
from dispatch.actions import alarms
from dispatch.actions.outbox import templates
from dispatch.channels.whatsapp.account import twilio as account
from dispatch.models import Alarm, Template
from dispatch.models.base.record import utc_now
from dispatch.rules.outbox.window import Approval
from dispatch.wording import templates as worded
from sandbox import embedded
from sandbox.twilio import PretendTwilio
from tests.cli.conftest import Flask_
from tests.office import an_office

ROOT = Path(__file__).resolve().parents[2]
EVERY = worded.templates()
TO_BE_APPROVED = [each for each in EVERY if each.category]


@pytest.fixture(autouse=True)
def empty_account(twilio: PretendTwilio) -> Iterator[None]:
    """Twilio has no templates of ours, and this process has none cached."""
    for content in twilio.contents:
        account().content.v1.contents(content.sid).delete()
    templates.clear_cache()
    yield
    templates.clear_cache()


def approve(twilio: PretendTwilio, status: str = "approved", **more: str) -> None:
    """Let Meta decide this about all submitted templates."""
    for content in twilio.contents:
        if content.status != "unsubmitted":
            twilio.decide(content.sid, status, **more)


def test_every_wording_is_pushed_once(flask: Flask_, twilio: PretendTwilio) -> None:
    dry = flask("templates", "push", "--dry-run")
    assert (dry.exit_code, twilio.contents) == (0, [])
    first = flask("templates", "push")
    assert first.output.splitlines()[-1] == f"{len(EVERY)} pushed, 0 refused, 0 known"
    assert len(twilio.contents) == len(EVERY)
    assert {each.friendly_name for each in twilio.contents} == {each.name for each in EVERY}
    assert sum(each.status != "unsubmitted" for each in twilio.contents) == len(TO_BE_APPROVED)
    second = flask("templates", "push")
    assert (second.exit_code, second.output) == (0, f"0 pushed, 0 refused, {len(EVERY)} known\n")
    assert len(twilio.contents) == len(EVERY)


def test_content_that_twilio_has_already_is_used(flask: Flask_, twilio: PretendTwilio) -> None:
    """A push was killed between creating a content and saving its SID: the content is reused and submitted."""
    flask("templates", "push")
    Template.objects(key="offer").delete()
    assert flask("templates", "push").exit_code == 0
    assert len(twilio.contents) == len(EVERY)
    kept = {each.name: each.content_sid for each in Template.all_pushed()}
    assert kept == {each.friendly_name: each.sid for each in twilio.contents}


def test_content_that_was_created_and_not_submitted_is_submitted(flask: Flask_, twilio: PretendTwilio) -> None:
    offer = next(each for each in EVERY if (each.key, each.language) == ("offer", "fr"))
    templates.at_twilio.create(offer.name, offer.locale, offer.body, offer.samples, offer.buttons)
    flask("templates", "push")
    [made] = [each for each in twilio.contents if each.friendly_name == offer.name]
    assert made.status != "unsubmitted"


def test_changed_sentence_gives_a_new_version_and_the_old_one_is_used_until_approval(
    flask: Flask_, twilio: PretendTwilio, tmp_path: Path
) -> None:
    flask("templates", "push")
    approve(twilio)
    flask("templates", "status")
    for part in ("dispatch", "config", "wsgi.py", "celery_app.py"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    english = tmp_path / "dispatch/wording/en.toml"
    english.write_text(english.read_text().replace("Good work.", "Well done indeed."))
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "templates"]
    pushed = subprocess.run([*command, "push"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert pushed.stdout.splitlines()[-1] == f"1 pushed, 0 refused, {len(EVERY) - 1} known"
    old, new = [each for each in twilio.contents if each.friendly_name.startswith("completed_agent_en_")]
    assert "Well done indeed." in new.body

    def serves() -> str | None:
        templates.refresh_statuses(utc_now())
        found = templates.book().approved("completed_agent", "en")
        return found and found.content_sid

    assert serves() == old.sid
    shown = subprocess.run([*command, "status"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"{new.friendly_name}: pending; {old.friendly_name} is used until then" in shown.stdout
    assert shown.returncode == 0
    twilio.decide(new.sid, "approved")
    assert serves() == new.sid


def test_metas_decisions_are_shown(flask: Flask_, twilio: PretendTwilio) -> None:
    before = flask("templates", "status")
    assert before.output.splitlines()[-1] == f"{len(TO_BE_APPROVED)} messages have no approved template"
    assert "not pushed" in before.output
    flask("templates", "push")
    approve(twilio)
    first, second, *_ = (each for each in twilio.contents if each.status == "approved")
    twilio.decide(first.sid, "rejected", reason="It sounds like marketing")
    twilio.decide(second.sid, "approved", category="MARKETING")
    after = flask("templates", "status")
    assert f"{first.friendly_name}: rejected (It sounds like marketing)" in after.output
    assert f"{second.friendly_name}: approved; Meta changed the category to MARKETING" in after.output
    assert (after.exit_code, after.output.splitlines()[-1]) == (1, "1 messages have no approved template")
    twilio.decide(first.sid, "approved")
    assert flask("templates", "status").exit_code == 0


def test_refused_template_gives_one_alarm(
    flask: Flask_, twilio: PretendTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    flask("templates", "push")
    approve(twilio)
    templates.refresh_statuses(utc_now())
    [content] = [each for each in twilio.contents if each.friendly_name.startswith("offer_en_")]
    with an_office(monkeypatch) as office:
        twilio.decide(content.sid, "paused")
        for _ in range(2):
            templates.refresh_statuses(utc_now())
            for alarm in Alarm.objects:
                alarms.post_alarm(alarm.id)
            redis_client.client().flushdb()  # more than ten minutes later
        assert [alarm["event"] for alarm in office.alarms] == ["template_refused"]
        assert content.friendly_name in office.alarms[0]["text"]


def test_twilio_that_does_not_answer_gives_an_error(flask: Flask_, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = f"http://127.0.0.1:{embedded.free_port()}"
    monkeypatch.setattr(account().content, "base_url", nowhere)
    facts = {"name": "some", "key": "offer", "language": "en", "body": ""}
    Template.record_push(facts, "HX", Approval.PENDING, utc_now())
    for command in ("push", "status"):
        answer = flask("templates", command)
        assert answer.exit_code == 2
        assert "Twilio could not be asked" in answer.output
    assert settings().twilio.auth_token not in answer.output


def test_template_that_twilio_refuses_is_named_and_the_others_are_pushed(
    flask: Flask_, twilio: PretendTwilio, tmp_path: Path
) -> None:
    for part in ("dispatch", "config", "wsgi.py", "celery_app.py"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    english = tmp_path / "dispatch/wording/en.toml"
    english.write_text(english.read_text().replace("Can't make it", "I am so sorry, I can't make it"))
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "templates", "push"]
    pushed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    refused = [
        each.key for each in EVERY if each.language == "en" and any(id_[:7] == "release" for _, id_ in each.buttons)
    ]
    assert pushed.returncode == 1
    assert pushed.stdout.splitlines()[-1] == f"{len(EVERY) - len(refused)} pushed, {len(refused)} refused, 0 known"
    assert len(twilio.contents) == len(EVERY) - len(refused)
