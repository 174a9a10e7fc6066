"""Pauses: until when somebody wants no offers, as their text says it; a text that says anything else is no pause."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from dispatch.rules import timing
from dispatch.rules.inbox import words

#: The hour at which a pause ends that names a day or nothing.
MORNING = time(6)
LONGEST = timedelta(days=30)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_COLON = "betweenhourandminute"  # what a text has between two numbers for ":", which is no word
# What a phrase stands for -> the phrases, in every language at once, as in vocabulary.py. "h" is an hour's length and
# a time of day ("2 heures"), "hour" a length only ("until 2 hours" is neither). What names a job is no politeness here:
# "pause this inspection" is no pause.
_PHRASES = {
    "pause": """pause, pause me, pause offers, pause my offers, pause now, mettre en pause, mets en pause,
        mettez en pause, mettez moi en pause, en pause, je fais une pause, je prends une pause, pausa, pausar, pausem,
        em pausa, pausar ofertas, pausar as ofertas, استراحه, ايقاف موقت, ايقاف موقتا, توقف موقت, توقف موقتا,
        اوقف موقتا, اوقفوا موقتا, وقف موقت""",
    "for": "for, pour, pendant, de, por, durante, لمده",
    "until": """until, untill, till, til, up to, jusqua, jusque, jusquau, jusqua ce, ate, ate a, ate o, ate ao, حتي,
        لغايه, الي, حتي يوم, لغايه يوم, الي يوم""",
    "at": "at, as, a, ao, الساعه, في الساعه, عند الساعه",
    "minute": "min, mins, minute, minutes, mn, minuto, minutos, دقيقه, دقائق, دقايق",
    "2 minute": "دقيقتين",
    "hour": "hour, hours, hr, hrs, ساعه, ساعات",
    "h": "h, heure, heures, hora, horas",
    "1 hour": "an hour, a hour, one hour, une heure, uma hora, لساعه, ساعه واحده",
    "2 hour": "ساعتين, لساعتين",
    "30 minute": "half an hour, half hour, une demi heure, demi heure, meia hora, نصف ساعه, لنصف ساعه",
    "half": "and a half, a half, et demie, demie, e meia, meia, ونصف, و نصف",
    "day": "day, days, d, jour, jours, j, dia, dias, يوم, ايام",
    "1 day": "a day, one day, un jour, um dia, ليوم, يوم واحد",
    "2 day": "يومين, ليومين",
    "week": "week, weeks, semaine, semaines, semana, semanas, اسبوع, اسابيع",
    "1 week": "a week, one week, une semaine, uma semana, اسبوع واحد",
    "2 week": "اسبوعين",
    "2": "two, deux, dois, duas",
    "3": "three, trois, tres, ثلاث, ثلاثه",
    "am": "am, du matin, da manha, صباحا",
    "pm": "pm, du soir, de lapres midi, da tarde, da noite, مساء",
    "today": "today, aujourdhui, hoje, اليوم",
    "tomorrow": """tomorrow, tomorrow morning, demain, demain matin, amanha, amanha de manha, amanha cedo, غدا, غد,
        بكره""",
    "overmorrow": "day after tomorrow, the day after tomorrow, apres demain, depois de amanha, بعد غد, بعد غدا",
    "monday": "monday, mon, lundi, segunda, segunda feira, الاثنين, يوم الاثنين",
    "tuesday": "tuesday, tue, tues, mardi, terca, terca feira, الثلاثاء, يوم الثلاثاء",
    "wednesday": "wednesday, wed, mercredi, quarta, quarta feira, الاربعاء, يوم الاربعاء",
    "thursday": "thursday, thu, thur, thurs, jeudi, quinta, quinta feira, الخميس, يوم الخميس",
    "friday": "friday, fri, vendredi, sexta, sexta feira, الجمعه, يوم الجمعه",
    "saturday": "saturday, sat, samedi, sabado, السبت, يوم السبت",
    "sunday": "sunday, sun, dimanche, domingo, الاحد, يوم الاحد",
    ":": _COLON,
    "": """and, et, e, و, please, pls, plz, abeg, sorry, thanks, thank you, thx, sir, ma, maam, madam, boss, oga, chief,
        dear, hi, hello, hey, good morning, good afternoon, good evening, sil vous plait, sil te plait, svp, stp, merci,
        merci beaucoup, bonjour, bonsoir, salut, monsieur, madame, chef, por favor, pfv, por gentileza, obrigado,
        obrigada, muito obrigado, muito obrigada, obg, valeu, oi, ola, bom dia, boa tarde, boa noite, senhor, senhora,
        chefe, من فضلك, من فضلكم, لو سمحت, لو سمحتم, رجاء, شكرا, شكرا لك, شكرا جزيلا, السلام عليكم, صباح الخير,
        مساء الخير, مرحبا, 🙏""",
}


def _meanings() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for meaning, phrases in _PHRASES.items():
        for phrase in phrases.split(","):
            tokens = tuple(words.fold(phrase).split())
            if found.setdefault(tokens, meaning) != meaning:
                raise ValueError(f"{phrase.strip()!r} has two meanings")
    return found


_MEANINGS = _meanings()
_LONGEST_PHRASE = max(map(len, _MEANINGS))
_PIECE = re.compile(r"\d+|\D+")
_BETWEEN = re.compile(r"(?<=\d)\s*:\s*(?=\d)")
_ODD_NUMBER = re.compile(r"\d\s*[^\w\s]\s*\d")  # 1.5, 12/10, 2-3: nobody knows what is meant
_ALONE = re.compile(r"(?<!\d) (hour|day|week)\b")  # "pause for an hour" says it, and so does Arabic's "hour"
_LENGTH = re.compile(
    r"pause(?: for)?(?: (?P<weeks>\d{1,4}) week)?(?: (?P<days>\d{1,4}) day)?"
    r"(?: (?P<hours>\d{1,4}) (?:hour|h)(?: (?P<half>half)| (?P<rest>\d\d)$)?)?(?: (?P<minutes>\d{1,4}) minute)?"
)
_MOMENT = re.compile(
    rf"pause until(?: (?P<day>today|tomorrow|overmorrow|{'|'.join(_DAYS)}))?"
    r"(?: (?=at |\d+ (?:h|:|am|pm))(?:at )?(?P<hour>\d{1,2})(?: (?:h|:)(?: (?P<minute>\d\d))?)?(?: (?P<half>am|pm))?)?"
)


def until(text: str, now: datetime, zone_name: str) -> datetime | None:
    """Return until when (UTC) this text, written at `now`, asks for a pause; None when it does not as a whole.

    Without a time that is the morning of the day, without a day the next one. Days and times are of that zone. What is
    over already or longer than 30 days is no pause. Raises NoSuchZone.
    """
    if len(text) > words.LONGEST_TEXT or words.is_question(text):
        return None
    said = _said(text)
    if said in ("pause", "pause today"):
        moment = _moment(timing.local(now, zone_name).date() + timedelta(days=1), MORNING, zone_name)
    elif length := _LENGTH.fullmatch(said):
        moment = now + _length(length.groupdict())
    elif there := _MOMENT.fullmatch(said):
        moment = _next(there.groupdict(), now, zone_name) or now
    else:
        return None
    return moment if now < moment <= now + LONGEST else None


def _said(text: str) -> str:
    """What the phrases of a text stand for, longest first; "?" is anything unknown."""
    flat = _BETWEEN.sub(f" {_COLON} ", words.fold(text))
    if _ODD_NUMBER.search(flat):
        return "?"
    pieces = [piece for token in words.tokens(flat) for piece in _PIECE.findall(token)]
    found, at = [], 0
    while at < len(pieces):
        length = next((n for n in range(_LONGEST_PHRASE, 0, -1) if tuple(pieces[at : at + n]) in _MEANINGS), 1)
        found.append(_MEANINGS.get(tuple(pieces[at : at + length]), _number(pieces[at])))
        at += length
    return _ALONE.sub(r" 1 \1", " ".join(filter(None, found)))


def _number(piece: str) -> str:
    """In our digits, whichever they were written in."""
    return "".join(str(int(digit)) for digit in piece) if piece.isdecimal() else "?"


def _length(said: Mapping[str, str | None]) -> timedelta:
    weeks, days, hours, minutes, rest = (int(said[n] or 0) for n in ("weeks", "days", "hours", "minutes", "rest"))
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes + rest + (30 if said["half"] else 0))


def _next(said: Mapping[str, str | None], now: datetime, zone_name: str) -> datetime | None:
    """The next moment of that day and time; None when there is none, or it has passed."""
    day, at = said["day"], _time(said)
    if at is None and (said["hour"] or day in (None, "today")):
        return None
    today = timing.local(now, zone_name).date()
    moments = (_moment(each, at or MORNING, zone_name) for each in _dates(day, today, at is not None))
    return next((moment for moment in moments if moment > now), None)


def _dates(day: str | None, today: date, with_time: bool) -> list[date]:
    """The dates that a day can mean: who says "Monday" on a Monday means today only if the time is to come."""
    if day in _DAYS:
        ahead = (_DAYS.index(day) - today.weekday()) % 7
        return [today + timedelta(days=days) for days in (ahead, ahead + 7) if days or with_time]
    ahead_of = {"today": [0], "tomorrow": [1], "overmorrow": [2], None: [0, 1]}
    return [today + timedelta(days=days) for days in ahead_of[day]]


def _time(said: Mapping[str, str | None]) -> time | None:
    if said["hour"] is None:
        return None
    hour, minute, half = int(said["hour"]), int(said["minute"] or 0), said["half"]
    if minute > 59 or not (1 <= hour <= 12 if half else hour <= 23):
        return None
    return time(hour % 12 + (12 if half == "pm" else 0) if half else hour, minute)


def _moment(day: date, at: time, zone_name: str) -> datetime:
    """That local time, or an hour later where clocks jump over it."""
    try:
        return timing.starts_at(day, at, zone_name)
    except timing.NoSuchTime:
        return timing.starts_at(day, at.replace(hour=at.hour + 1), zone_name)
