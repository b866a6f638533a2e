"""What deck and site are both looked at for."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def complaints(page: Page, own: tuple[str, ...], levels: tuple[str, ...] = ("error",)) -> list[str]:
    """Return a list that takes what goes wrong while pages load and run, from now on.

    :param own: how addresses begin that a page may ask for
    :param levels: of messages on the console that are taken
    """
    found: list[str] = []
    page.on("request", lambda it: None if it.url.startswith(own) else found.append(f"asks for {it.url}"))
    page.on("requestfailed", lambda it: found.append(f"lacks {it.url}"))
    page.on("console", lambda it: found.append(f"console: {it.text}") if it.type in levels else None)
    page.on("pageerror", lambda it: found.append(f"script: {it}"))
    return found


def violations(page: Page, rules: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return what axe finds on a page as it stands there, by all of its rules or by these."""
    chosen = {"runOnly": list(rules)} if rules else {}
    result = Axe().run(page, options={"preload": False, "resultTypes": ["violations"], **chosen})
    return list(result.response["violations"])


def moving(page: Page, selector: str) -> list[str]:
    """Return the elements that move or would, by their tags."""
    return list(
        page.evaluate(
            """selector => [...document.querySelectorAll(selector)].filter(it => {
                const {transitionDuration, animationName, scrollBehavior} = getComputedStyle(it);
                return parseFloat(transitionDuration) > 0 || animationName != "none" || scrollBehavior == "smooth";
            }).map(it => it.tagName)""",
            selector,
        )
    )
