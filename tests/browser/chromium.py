"""Finds or installs Chromium for the tests: `python -m tests.browser.chromium`, called by `make browser`."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

#: Debian packages: Chromium, and fonts with emoji and Arabic.
PACKAGES = ("chromium", "fonts-noto-color-emoji", "fonts-dejavu-core")


def path() -> str | None:
    """Return the path of the system's Chromium. Return None if there is none: Playwright then uses its own."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def works() -> bool:
    """Return whether Chromium starts."""
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(executable_path=path()).close()
    except Error:
        return False
    return True


def install() -> None:
    """Install Debian's Chromium if this is root and has apt; else Playwright's own."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES)):
            subprocess.run(["apt-get", *command], env=environment, check=False, stdout=subprocess.DEVNULL)
    if not works():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Install Chromium if it is missing. Exit with status 1 and one line if that fails."""
    if not works():
        install()
    if not works():
        sys.exit("No Chromium for the tests of the pages: install Debian's, or run `playwright install chromium`.")


if __name__ == "__main__":
    main()
