"""A picture of a page of `kg view`: `python tests/screenshot.py PAGE PNG [WIDTH HEIGHT [FRAGMENT]]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def main(page: str, picture: str, width: str = "1500", height: str = "950", fragment: str = "") -> None:
    """Write the picture once the page stands still."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": int(width), "height": int(height)}, reduced_motion="reduce")
        tab.goto(Path(page).resolve().as_uri() + fragment)
        tab.wait_for_timeout(1000)
        tab.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
