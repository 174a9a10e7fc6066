"""Texts that ask for a pause and texts that do not, in every language, and the end of the pause."""

from datetime import UTC, datetime

import pytest

from dispatch.rules import timing
from dispatch.rules.inbox import pause_texts
from dispatch.rules.inbox.meaning import Act, InboundText, understand
from dispatch.rules.inbox.words import Word, read
from tests.tables import each_row

LAGOS = "Africa/Lagos"  # a text is written on Thursday the 26th, at nine there
MORNING = "Fri 27 06:00"


def says(text: str, now: str = "2026-11-26 09:00", zone: str = LAGOS) -> str | None:
    """Return the local end of the pause that a text asks for. Return None if it asks for none."""
    day, clock = now.split()
    moment = timing.starts_at(datetime.fromisoformat(day).date(), datetime.fromisoformat(f"{day} {clock}").time(), zone)
    until = pause_texts.until(text, moment, zone)
    assert until is None or until.tzinfo is UTC
    return until and f"{timing.local(until, zone):%a %d %H:%M}"


ENGLISH = [
    ("pause", MORNING),
    ("Pause please 🙏", MORNING),
    ("pause today", MORNING),
    ("PAUSE 2H", "Thu 26 11:00"),
    ("pause 2h30", "Thu 26 11:30"),
    ("pause 30 min", "Thu 26 09:30"),
    ("pause for 2 hours and 30 minutes, thanks", "Thu 26 11:30"),
    ("pause for an hour and a half", "Thu 26 10:30"),
    ("pause half an hour", "Thu 26 09:30"),
    ("Good morning boss, please pause for two days", "Sat 28 09:00"),
    ("pause until Monday 9:00", "Mon 30 09:00"),
    ("pause until monday at 9", "Mon 30 09:00"),
    ("pause till Monday", "Mon 30 06:00"),
    ("pause until Thursday", "Thu 03 06:00"),
    ("pause until Thursday 18:00", "Thu 26 18:00"),
    ("pause until Thursday 8:00", "Thu 03 08:00"),
    ("pause until 18:00", "Thu 26 18:00"),
    ("pause until 08:30", "Fri 27 08:30"),
    ("pause until 6pm", "Thu 26 18:00"),
    ("pause until 12 am", "Fri 27 00:00"),
    ("pause until tomorrow", MORNING),
    ("pause until tomorrow at 2:15 pm", "Fri 27 14:15"),
    ("pause until the day after tomorrow", "Sat 28 06:00"),
    ("pause 30 days", "Sat 26 09:00"),
    ("pause 31 days", None),
    ("pause 721h", None),
    ("pause 0h", None),
    ("pause 2", None),
    ("pause 1:30", None),
    ("pause 1.5h", None),
    ("pause 1½ h", None),
    ("pause 2-3 hours", None),
    ("pause until", None),
    ("pause until today", None),
    ("pause until today 8:00", None),
    ("pause until 18", None),
    ("pause until 12/10", None),
    ("pause until 25:00", None),
    ("pause until 9:75", None),
    ("pause until 13 pm", None),
    ("pause until 2 hours", None),
    ("pause monday", None),
    ("pause?", None),
    ("can I pause", None),
    ("pause 2h but not for K7F3", None),
    ("don't pause", None),
    ("pause this inspection", None),
    ("pause K7F3", None),
    ("pause 👎", None),
    ("stop", None),
    ("yes", None),
    ("", None),
    ("pause " * 900, None),
    ("pause 99999999999999999999 weeks", None),
]
FRENCH = [
    ("Pause s'il vous plaît", MORNING),
    ("pause 2h", "Thu 26 11:00"),
    ("pause deux heures", "Thu 26 11:00"),
    ("Pause de 30 minutes, merci", "Thu 26 09:30"),
    ("pause pendant une heure et demie", "Thu 26 10:30"),
    ("pause 3 jours", "Sun 29 09:00"),
    ("une semaine de pause", None),
    ("pause une semaine", "Thu 03 09:00"),
    ("pause jusqu'à lundi 9h", "Mon 30 09:00"),
    ("Pause jusqu’à 18 h 30 svp", "Thu 26 18:30"),
    ("pause jusqu'à demain", MORNING),
    ("pause jusqu'à demain matin", MORNING),
    ("pause jusqu'à après-demain", "Sat 28 06:00"),
    ("je fais une pause jusqu'à 9 h du matin", "Fri 27 09:00"),
    ("mettez-moi en pause jusqu'à samedi", "Sat 28 06:00"),
    ("pas de pause", None),
    ("pause café", None),
    ("pause jusqu'à lundi si possible", None),
    ("pause cette inspection", None),
    ("pause jusqu'à lundi ?", None),
]
PORTUGUESE = [
    ("pausa", MORNING),
    ("Pausar, por favor", MORNING),
    ("pausa 2h", "Thu 26 11:00"),
    ("pausar por duas horas", "Thu 26 11:00"),
    ("pausa de meia hora", "Thu 26 09:30"),
    ("pausa por uma hora e meia", "Thu 26 10:30"),
    ("pausa 2 horas e 30 minutos", "Thu 26 11:30"),
    ("pausa 2 dias, obrigado", "Sat 28 09:00"),
    ("pausa até segunda 9:00", "Mon 30 09:00"),
    ("pausa até segunda-feira às 9h", "Mon 30 09:00"),
    ("pausa até terça", "Tue 01 06:00"),
    ("pausa até amanhã", MORNING),
    ("pausa até as 6 da tarde", "Thu 26 18:00"),
    ("pausa até 18h30", "Thu 26 18:30"),
    ("sem pausa", None),
    ("pausa até segunda, mas não sei", None),
    ("pausa essa vistoria", None),
    ("pausa até segunda 9", None),
    ("posso fazer pausa?", None),
    ("pare até segunda", None),
]
ARABIC = [
    ("استراحة", MORNING),
    ("إيقاف مؤقت من فضلك", MORNING),
    ("استراحة ساعتين", "Thu 26 11:00"),
    ("استراحة ساعة", "Thu 26 10:00"),
    ("استراحة ٣ ساعات", "Thu 26 12:00"),
    ("إيقاف مؤقت لمدة ٣٠ دقيقة", "Thu 26 09:30"),
    ("استراحة ساعة ونصف", "Thu 26 10:30"),
    ("استراحة نصف ساعة", "Thu 26 09:30"),
    ("استراحة يومين، شكرًا", "Sat 28 09:00"),
    ("استراحة حتى الاثنين ٩:٠٠", "Mon 30 09:00"),
    ("استراحة حتى يوم الإثنين الساعة 9", "Mon 30 09:00"),
    ("توقف مؤقت لغاية الأحد", "Sun 29 06:00"),
    ("استراحة حتى غدًا", MORNING),
    ("استراحة حتى الساعة 6 مساءً", "Thu 26 18:00"),
    ("إيقاف", None),
    ("لا استراحة", None),
    ("استراحة؟", None),
    ("استراحة حتى الاثنين إن أمكن", None),
    ("استراحة هذه المعاينة", None),
    ("استراحة حتى ١٨", None),
]
EVERY = [*ENGLISH, *FRENCH, *PORTUGUESE, *ARABIC]


@each_row(("text", "until"), EVERY, ids=[text[:40] or "nothing" for text, _ in EVERY])
def test_pause_text_is_read_with_its_end(text: str, until: str | None) -> None:
    assert says(text) == until


@each_row("text", [text for text, until in EVERY if until])
def test_pause_text_is_read_as_a_pause_and_as_no_other_word(text: str) -> None:
    """The Arabic pause begins like an opt-out and is none."""
    assert read(text) is Word.UNKNOWN
    heard = InboundText(text, pause_until=pause_texts.until(text, datetime(2026, 11, 26, 8, tzinfo=UTC), LAGOS))
    assert understand(heard, [], None, opted_out=False).act is Act.PAUSE


@each_row(
    ("text", "now", "zone", "until"),
    [
        pytest.param("pause until 23:30", "2027-03-27 09:00", "America/Nuuk", "Sun 28 00:30", id="clocks jump at 23"),
        pytest.param("pause until 11 pm", "2027-03-27 09:00", "America/Nuuk", "Sun 28 00:00", id="clocks jump then"),
        pytest.param("pause", "2026-11-26 03:00", LAGOS, MORNING, id="before six it is the next day all the same"),
        pytest.param("pause", "2026-11-26 23:59", LAGOS, MORNING, id="just before midnight"),
        pytest.param("pause until Monday", "2026-11-30 05:00", LAGOS, "Mon 07 06:00", id="on that very day"),
        pytest.param("pause until 9:00", "2026-11-26 09:00", LAGOS, "Fri 27 09:00", id="at that very minute"),
        pytest.param("pause until tomorrow 2:30", "2027-03-27 12:00", "Europe/Paris", "Sun 28 03:30", id="a lost hour"),
        pytest.param("pause 24h", "2027-03-27 12:00", "Europe/Paris", "Sun 28 13:00", id="hours are hours"),
    ],
)
def test_end_of_a_pause_is_in_the_given_time_zone(text: str, now: str, zone: str, until: str) -> None:
    assert says(text, now, zone) == until


def test_a_zone_that_there_is_not() -> None:
    with pytest.raises(timing.NoSuchZone):
        pause_texts.until("pause", datetime.now(UTC), "Lagos")
