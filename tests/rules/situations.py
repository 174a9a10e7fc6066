"""Builders: the jobs of a person, and how a text of theirs is understood."""

from dispatch.rules.inbox.meaning import InboundText, JobStanding, Matter, Meaning, Question, Word, understand

STRONG = [Word.YES, Word.NO, Word.CONFIRM, Word.BEGIN, Word.START, Word.COMPLETE, Word.RELEASE]
CODES = ["K7F3", "M4T9", "C2H5", "W8R6X"]


def some(*standings: str) -> list[Matter]:
    """Return jobs with these standings, the newest first: job-0 is K7F3, job-1 is M4T9, …"""
    return [Matter(f"job-{n}", CODES[n], JobStanding(standing)) for n, standing in enumerate(standings)]


def hear(text: str, matters: list[Matter], asked: Question | None = None, *, opted_out: bool = False, **how) -> Meaning:
    return understand(InboundText(text, **how), matters, asked, opted_out=opted_out)
