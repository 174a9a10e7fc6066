"""Takes README's picture of the phones page: `make picture` plays the demo's first scene in Chromium."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests
from playwright.sync_api import sync_playwright

from sandbox import embedded
from tests.browser import chromium
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
WHERE = ROOT / "docs/phones.png"
#: The demo's caption at the moment of the picture.
CAPTION = "and alone learns the client's number"


def main() -> None:
    """Start the demo, wait for the caption, take the picture, stop the demo."""
    ports = {name: str(embedded.free_port()) for name in ("PORT", "SANDBOX_PORT", "FLOWER_PORT")}
    page_url = f"http://127.0.0.1:{ports['SANDBOX_PORT']}/"
    demo = subprocess.Popen(
        [sys.executable, "-m", "sandbox.demo"], cwd=ROOT, env={**os.environ, **ports}, stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(page_url), 60, "the page")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.path())
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Africa/Lagos")
            page.goto(page_url)
            page.get_by_text(CAPTION).wait_for(timeout=180_000)
            page.locator(".acts-now").get_by_text("is yours!").wait_for()
            page.locator("#activity .offers .winner").wait_for()
            page.screenshot(path=WHERE)
            browser.close()
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(60)
    print(f"{WHERE.relative_to(ROOT)} is updated")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


if __name__ == "__main__":
    main()
