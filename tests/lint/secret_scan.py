"""`python -m tests.lint.secret_scan`: no file that git has contains a secret, except the public ones below."""

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Kind of secret -> its pattern. The group `value`, else the whole match, is the secret.
PATTERNS: dict[str, re.Pattern[str]] = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "Twilio account or key": re.compile(r"\b(?:AC|SK)[0-9a-f]{32}\b"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b"),
    "token of a code host": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{50,}|glpat-[\w-]{20})\b"),
    "token of a chat": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"),
    "signed token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "password in a URL": re.compile(r"\b[a-z][a-z+]*://[^\s:/@{$'\"]*:(?P<value>[^\s:/@{$'\"]{12,})@"),
    "assigned secret": re.compile(
        r"(?i)\b\w*(?:api_?key|secret|token|password|passwd)\w*[\"']?\s*[:=]\s*[\"']?(?P<value>[A-Za-z0-9+/=_-]{20,})"
    ),
}
#: An assigned value with fewer bits a character is words, not a random value. Random hex has about 3.6.
RANDOM_BITS = 3.3
#: Values that are no secrets: they belong to the pretend Twilio and to examples.
PUBLIC = frozenset({"AC" + "5a" * 16, "AC" + "0" * 32, "0123456789abcdef" * 2})
#: Lists of hashes.
_SKIPPED = re.compile(r"requirements.*\.txt|.*\.(?:png|ico|woff2?)")


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line number and the kind of each secret. The secret itself is never printed."""
    for number, line in enumerate(text.splitlines(), 1):
        for kind, pattern in PATTERNS.items():
            for match in pattern.finditer(line):
                value = match.groupdict().get("value") or match[0]
                if value not in PUBLIC and (kind != "assigned secret" or _is_random(value)):
                    yield number, kind


def _is_random(value: str) -> bool:
    counts = Counter(value).values()
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return bits >= RANDOM_BITS and bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value))


def main(root: Path = ROOT) -> int:
    """Scan every file that git has in `root`, or would add. Return the exit code."""
    listed = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    files = [root / name for name in names if name and not _SKIPPED.fullmatch(name) and (root / name).is_file()]
    lines = [
        f"{path.relative_to(root)}:{number}: {kind}"
        for path in files
        for number, kind in secrets_in(path.read_text(errors="replace"))
    ]
    print("\n".join(lines) or f"No secret in {len(files)} files")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
