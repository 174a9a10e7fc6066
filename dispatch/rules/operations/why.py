"""Why an agent has a job or not: the first cause of the tables that holds, and one sentence about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dispatch.rules.jobs.states import OPEN, JobState
from dispatch.rules.operations.why_causes import FAILURES, Because, Line
from dispatch.rules.operations.why_facts import Facts
from dispatch.rules.operations.why_table import LEFT_OUT, OFFERED, REPLIED, UNEXPECTED
from dispatch.rules.outbox import twilio_errors


@dataclass(frozen=True)
class Verdict:
    """The cause, and one sentence about it for operations."""

    because: Because
    explanation: str


def why(facts: Facts) -> Verdict:
    """Return why this agent has the job or not."""
    line = line_for(facts)
    return Verdict(line.because, _sentence(line, facts))


def line_for(facts: Facts) -> Line:
    """Return the first line of the tables that holds."""
    lines = (*REPLIED, *(LEFT_OUT if facts.not_asked else OFFERED))
    return next((line for line in lines if line.holds(facts)), UNEXPECTED)


def _sentence(line: Line, facts: Facts) -> str:
    values: dict[str, Any] = {name: _shown(value) for name, value in vars(facts).items()}
    values["with_code"] = f"with error {facts.code}" if facts.code else "without an error code"
    values["failure"] = FAILURES[twilio_errors.advice(facts.code)]
    sentence = line.sentence.format(**values)
    if facts.job in OPEN or line.names_the_end:
        return sentence
    return f"{sentence.removesuffix('.')}; the job is now {facts.job}."


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d at %H:%M:%S} UTC"
    if value is None:
        return "a day not known yet"
    return str(value).replace("_", " ") if isinstance(value, JobState) else value
