"""The documents agree with the code: routes, settings and their defaults, links, and the README's length."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from dispatch.app import create_app
from sandbox.twilio import control, steering

ROOT = Path(__file__).resolve().parents[1]
_IN_BRACES = r"{\1}"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def table_rows(page: str) -> Iterator[list[str]]:
    """The cells of each table row of a page that begins with code."""
    for line in (ROOT / page).read_text().splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def routes_listed(page: str) -> list[str]:
    """The routes that the tables of a page list, such as "GET /api/jobs/", without their query."""
    return [
        f"{method} {path.rstrip('/') or '/'}"
        for first, *_ in table_rows(page)
        for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)", first)
    ]


def routes_served(app: Flask) -> set[str]:
    """The routes of an application in the same form."""
    return {
        f"{method} {re.sub('<(?:path:)?(.*?)>', _IN_BRACES, rule.rule).rstrip('/') or '/'}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_api_page_lists_every_route_once() -> None:
    listed = routes_listed("docs/api.md")
    assert sorted(listed) == sorted(routes_served(create_app()) - {"GET /docs/{name}"})


def test_the_sandbox_page_lists_every_control_route_once() -> None:
    app = Flask("sandbox", static_folder=None)
    for routes in (control.routes, steering.routes):
        app.register_blueprint(routes)
    assert sorted(routes_listed("docs/sandbox.md")) == sorted(routes_served(app))


def test_the_settings_page_has_the_defaults_of_the_example() -> None:
    example = dict(re.findall(r"^([A-Z_]+)=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    defaults = {name.strip("`"): default for name, default, _ in table_rows("docs/settings.md")}
    literal = {name: found[1] for name, text in defaults.items() if (found := re.match("`([^`]+)`", text))}
    common = example.keys() & literal.keys()
    assert len(common) > 20
    assert {name: literal[name] for name in common} == {name: example[name] for name in common}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_document_lead_to_a_page_and_heading(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)", page.read_text()):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"


def test_the_readme_fits_on_one_page_and_leads_to_every_document() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) <= 120
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in readme
