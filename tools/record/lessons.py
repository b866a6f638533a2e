"""``make record-lessons``: take the lessons through the machine in a browser, and record those that come out as shown.

Each is compared with what its page shows, which is what the lab's machines have said. A lesson that is recorded, and
has not changed since, has the button; ``PAGE=tutorial/…`` takes one lesson and keeps what is recorded of the others.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, expect

from inbrowser.course import LAB
from lab.errors import UserError
from project import ROOT
from tools import cli
from tools.browser_machine.build import NAMES
from tools.browser_machine.pack import Reads, ranges
from tools.chromium import started

MADE = ROOT / "build/browser-machine/site/lab.json"
TRY = ROOT / "build/browser-machine/try"  # a site with the button on all lessons that could run
PAGES = "_static/inbrowser/pages"
RECORDED = ROOT / "snippets/recorded/browser.json"
SECONDS = 600  # that a block may take, its page's own limits within


def unlike_the_record(pages: Path) -> list[str]:
    """Say which lessons are recorded, and have no button on a site, since they have changed."""
    lessons = json.loads(RECORDED.read_text())["lessons"]
    return [
        f"{name} has changed since it ran in a browser: make record-lessons PAGE=tutorial/{name}"
        for name in sorted(lessons)
        if not (pages / f"{name}.json").exists()
    ] or ["no lesson runs in a browser: make record-lessons"] * (not lessons)


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


def start(page: Page) -> None:
    """Have the machine of the lesson that is shown run."""
    page.get_by_role("button", name="Run this page in your browser").click()
    expect(page.locator(".machine-status")).to_contain_text("v86", timeout=120_000)


def go(page: Page, number: int) -> tuple[bool, str]:
    """Press the button of a block, from 0; return whether what came is as shown, and what is said."""
    step = page.locator(".machine-step").nth(number)
    step.get_by_role("button").first.click()
    step.locator("xpath=self::*[@data-verdict]").wait_for(state="attached", timeout=SECONDS * 1000)
    return step.get_attribute("data-verdict") == "same", step.locator("output").inner_text()


def whole(browser: Browser, address: str) -> dict[str, Any]:
    """Take a lesson from its start to its end; tell what it cost, or what came out other than as shown.

    :returns: ``passed``, ``blocks``; ``said`` of the block that failed; ``bytes`` downloaded from the click to the
        prompt, ``ready``, seconds until then, ``seconds`` for all, ``memory``, bytes of the tab's process; ``whole``,
        bytes and requests until the end; ``took``, seconds of each command of each block; ``reads`` of the files
    """
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    loaded: list[int] = []
    page.on("response", lambda it: loaded.append(int(it.headers.get("content-length", 0))))
    took: list[list[float]] = []
    count = passed = 0
    try:
        page.goto(address, wait_until="networkidle")
        loaded.clear()
        began = time.monotonic()
        start(page)
        cost: dict[str, Any] = {"bytes": sum(loaded), "ready": round(time.monotonic() - began, 1)}
        count = page.locator(".machine-step").count()
        for passed in range(count):
            good, said = go(page, passed)
            print(".", end="", flush=True)
            if not good:
                return {"blocks": count, "passed": passed, "said": said}
            took.append(_took(page, passed))
        cost |= {"whole": [sum(loaded), len(loaded)], "took": took, "reads": _reads(page)}
        cost |= {"seconds": round(time.monotonic() - began), "memory": _largest(browser)}
    except (AssertionError, Error) as error:  # it does not start, there is no button to press, or no end of it
        return {"blocks": count, "passed": passed, "said": str(error)}
    finally:
        page.close()
    return {"blocks": count, "passed": count, **cost}


def _took(page: Page, number: int) -> list[float]:
    """Return the seconds that each command of a block took."""
    return [float(one) for one in (page.locator(".machine-step").nth(number).get_attribute("data-took") or "").split()]


def _reads(page: Page) -> Reads:
    """Return what the machine has read of its files, by their paths."""
    (worker,) = page.workers
    files = worker.url.rpartition("/")[0] + "/files.js"
    found = worker.evaluate("async url => (await import(url)).reads()", files)
    paths = {name: path for path, name in json.loads(NAMES.read_text()).items()}
    return {paths[name]: ranges(units) for name, units in sorted(found.items()) if name in paths}


def _largest(browser: Browser) -> int:
    """Return the most memory that a page's process has taken, in bytes."""
    session = browser.new_browser_cdp_session()
    rows = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    found = [Path(f"/proc/{row['id']}/status").read_text() for row in rows if row["type"] == "renderer"]
    return max(int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) for text in found) * 1024


def main(page: str) -> int:
    """Run, tell and record; return the exit status."""
    wanted = page.removeprefix("tutorial/") or None
    courses = {path.stem: json.loads(path.read_text()) for path in sorted((TRY / PAGES).glob("*.json"))}
    names = [wanted] if wanted else list(courses)
    if not names or not set(names) <= courses.keys():
        raise UserError(f"no lesson {wanted or ''} that could run in a browser: make browser-machine makes its machine")
    recorded: dict[str, Any] = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    versions = courses[names[0]]["lab"]["versions"]
    old = (
        recorded.get("lessons", {}) if recorded.get("versions") == versions else {}
    )  # of another machine they say nothing
    lessons = {name: row for name, row in old.items() if name in courses}
    with served(TRY) as address, started() as browser:
        for name in names:
            print(f"{name}: ", end="", flush=True)
            came = whole(browser, f"{address}/{name}.html")
            lessons.pop(name, None)
            if came["passed"] == came["blocks"] > 0:
                cost = {key: value for key, value in came.items() if key not in ("passed", "blocks")}
                total, requests = cost["whole"]
                print(
                    f" {came['blocks']} blocks; {cost['bytes'] / 1e6:.1f} MB, ready after {cost['ready']} s, "
                    f"all of it {cost['seconds']} s, {total / 1e6:.1f} MB in {requests} requests, "
                    f"{cost['memory'] / 1e6:.0f} MB of memory",
                    flush=True,
                )
                digests = [block["digest"] for block in courses[name]["blocks"]]
                lessons[name] = {"blocks": digests, "when": datetime.now(UTC).date().isoformat(), **cost}
            else:
                print(f" {came['passed']} of {came['blocks']} blocks, then:\n{came['said']}", flush=True)
            # LAB: whose blocks they are
            made = {"lab": LAB, "versions": versions, "lessons": lessons}
            RECORDED.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
    return 1 if wanted and wanted not in lessons else 0


if __name__ == "__main__":
    cli.run(main, "tools.record.lessons [PAGE]")
