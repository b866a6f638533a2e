"""``make record-browser``: take the lessons through the machine in a browser, and record those that come out as shown.

Each is compared with what its page shows, which is what the lab's machines have said. A lesson that is recorded, and
has not changed since, has the button; ``PAGE=tutorial/…`` takes one lesson and keeps what is recorded of the others.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.paper import chromium

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build/site"
PAGES = "_static/inbrowser/pages"
RECORDED = ROOT / "snippets/recorded/browser.json"
SECONDS = 600  # that a block may take, its page's own limits within


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine, and give its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def start(page: Page, address: str) -> None:
    """Open a lesson and have its machine run."""
    page.goto(address)
    page.get_by_role("button", name="Run this page in your browser").click()
    expect(page.locator(".machine-status")).to_contain_text("v86", timeout=120_000)


def go(page: Page, number: int) -> tuple[bool, str]:
    """Press the button of a block, from 0; return whether what came is as shown, and what is said."""
    step = page.locator(".machine-step").nth(number)
    step.get_by_role("button").first.click()
    step.locator("xpath=self::*[@data-verdict]").wait_for(state="attached", timeout=SECONDS * 1000)
    return step.get_attribute("data-verdict") == "same", step.locator("output").inner_text()


def whole(page: Page, address: str) -> dict[str, Any]:
    """Take a lesson from its start to its end; tell how many blocks came out as shown, what not, and the seconds."""
    began = time.monotonic()
    start(page, address)
    ready = time.monotonic() - began
    count = page.locator(".machine-step").count()
    for number in range(count):
        good, said = go(page, number)
        if not good:
            return {"blocks": count, "passed": number, "said": said}
    seconds = time.monotonic() - began
    return {"blocks": count, "passed": count, "ready": round(ready, 1), "seconds": round(seconds)}


def main() -> int:
    """Run, tell and record; return the exit status."""
    wanted = sys.argv[1].removeprefix("tutorial/") if len(sys.argv) > 1 and sys.argv[1] else None
    courses = {path.stem: json.loads(path.read_text()) for path in sorted((SITE / PAGES).glob("*.json"))}
    names = [wanted] if wanted else list(courses)
    if not names or not set(names) <= courses.keys():
        print(
            f"make: no lesson {wanted or ''} that could run in a browser: make browser-lab makes its machine",
            file=sys.stderr,
        )
        return 1
    recorded: dict[str, Any] = json.loads(RECORDED.read_text()) if RECORDED.exists() else {"lessons": {}}
    with served(SITE) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for name in names:
            came = whole(page, f"{address}/{name}.html")
            print(f"{name}: {came['passed']} of {came['blocks']} blocks", end="", flush=True)
            recorded["lessons"].pop(name, None)
            if came["passed"] == came["blocks"]:
                print(f", ready after {came['ready']} s, all of it in {came['seconds']} s", flush=True)
                recorded["lessons"][name] = [block["digest"] for block in courses[name]["blocks"]]
            else:
                print(f"\n{came['said']}", flush=True)
    RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("make: stopped")
