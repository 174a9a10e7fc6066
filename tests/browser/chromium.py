"""Chromium for the tests: found, or brought: `python -m tests.browser.chromium` (make browser does it)."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

#: Debian's, with fonts in which emoji and Arabic can be read.
PACKAGES = ("chromium", "fonts-noto-color-emoji", "fonts-dejavu-core")


def path() -> str | None:
    """Return the system's Chromium, None for Playwright's own."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def works() -> bool:
    """Tell whether a Chromium starts."""
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(executable_path=path()).close()
    except Error:
        return False
    return True


def bring() -> None:
    """Get one: Debian's where this is root and has apt, else Playwright's own."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES)):
            subprocess.run(["apt-get", *command], env=environment, check=False, stdout=subprocess.DEVNULL)
    if not works():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Make sure that there is one; one clear line and exit status 1 when that can't be."""
    if not works():
        bring()
    if not works():
        sys.exit("No Chromium for the tests of the pages: install Debian's, or run `playwright install chromium`.")


if __name__ == "__main__":
    main()
