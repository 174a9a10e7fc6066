"""`python -m tests.lint.advisories`: no pinned package has a known vulnerability, by the records in advisories.toml.

`python -m tests.lint.advisories DIRECTORY` replaces these records by those of OSV: an unpacked export of its PyPI
database, one JSON file a vulnerability.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[2]
RECORDS = Path(__file__).with_name("advisories.toml")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_HEADER = """\
# Known vulnerabilities of packages that this project pins: versions from `introduced` up to, not including, `fixed`.
# An empty `introduced` means every earlier version, an empty `fixed` every later one.
# `make advisories` replaces this file.
"""


@dataclass(frozen=True, order=True)
class Advisory:
    """One range of versions of a package that has a known vulnerability."""

    package: str
    id: str
    introduced: str
    fixed: str

    def concerns(self, version: str) -> bool:
        """Return whether this version has the vulnerability."""
        here = Version(version)
        late_enough = not self.introduced or here >= Version(self.introduced)
        return late_enough and (not self.fixed or here < Version(self.fixed))


def pins(root: Path = ROOT) -> dict[str, str]:
    """Return the version of each package in requirements*.txt."""
    texts = (path.read_text() for path in sorted(root.glob("requirements*.txt")))
    return {canonicalize_name(name): version for text in texts for name, version in _PIN.findall(text)}


def recorded(path: Path = RECORDS) -> list[Advisory]:
    """Return the records of a file like advisories.toml."""
    return [Advisory(**row) for row in tomllib.loads(path.read_text())["advisory"]]


def found(pinned: dict[str, str], advisories: list[Advisory]) -> list[str]:
    """Return a line for each pinned version that has a known vulnerability."""
    return [
        f"{each.package} {pinned[each.package]}: {each.id}, {f'fixed in {each.fixed}' if each.fixed else 'not fixed'}"
        for each in advisories
        if each.package in pinned and each.concerns(pinned[each.package])
    ]


def from_osv(directory: Path, packages: set[str]) -> list[Advisory]:
    """Return the records of OSV's files about these packages. Withdrawn records are left out."""
    rows = (json.loads(path.read_text()) for path in sorted(directory.rglob("*.json")))
    return sorted({each for row in rows if not row.get("withdrawn") for each in _ranges(row, packages)})


def _ranges(row: dict[str, Any], packages: set[str]) -> Iterator[Advisory]:
    id_ = next((alias for alias in row.get("aliases", []) if alias.startswith("CVE-")), row["id"])
    for affected in row.get("affected", []):
        name = canonicalize_name(affected["package"]["name"])
        if affected["package"]["ecosystem"] != "PyPI" or name not in packages:
            continue
        for versions in (each for each in affected.get("ranges", []) if each["type"] == "ECOSYSTEM"):
            introduced = ""
            for event in versions["events"]:
                if "introduced" in event:
                    introduced = "" if event["introduced"] == "0" else event["introduced"]
                elif "fixed" in event and _is_version(event["fixed"]):
                    yield Advisory(name, id_, introduced, event["fixed"])
            if "introduced" in versions["events"][-1]:
                yield Advisory(name, id_, introduced, "")


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def written(advisories: list[Advisory]) -> str:
    """Return the text of a file with these records."""
    rows = ("\n".join(f'{name} = "{value}"' for name, value in vars(each).items()) for each in advisories)
    return _HEADER + "".join(f"\n[[advisory]]\n{row}\n" for row in rows)


def main(arguments: list[str]) -> int:
    """Check the pins, or replace the records. Return the exit code."""
    if arguments:
        records = from_osv(Path(arguments[0]), set(pins()))
        RECORDS.write_text(written(records))
        print(f"{len(records)} records about {len({each.package for each in records})} pinned packages")
    lines = found(pins(), recorded())
    print("\n".join(lines) or f"No known vulnerability in {len(pins())} pinned packages")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
