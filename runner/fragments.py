"""Fragments: what a config test says of them, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.machine import Refused
from runner.told import indent, place
from runner.verdict import Failed
from snippets.manifest import Block

Ask = Callable[..., dict[str, Any]]


def check(ask: Ask, block: Block) -> str:
    """Config-test a fragment; return how far it was checked.

    :raises Failed: Apache does with it what the page does not say
    """
    if block.language != "apache":
        return "written"  # a region of a listing: the suite gives it the listing's verdict
    try:
        answer = _config_test(ask, block)
    except Refused as refused:
        raise Failed(f"{block.at(0)}: the configuration test cannot check it: {refused}") from None
    expected, message = block.options.get("fails"), answer["message"]
    offset = 0 if answer["line"] is None else answer["line"] - (block.listing_line or block.line)
    if expected is None:
        if not answer["ok"]:
            raise Failed(f"{place(block, offset)}: Apache refuses it\n{indent(message)}")
    elif answer["ok"]:
        raise Failed(f"{block.at(0)}: the page says that Apache refuses this, but Apache accepts it")
    elif expected not in " ".join(message.split()):
        raise Failed(
            f"{block.at(0)}: Apache refuses it, but with another message\n"
            f"  the page says:\n{indent(expected, 4)}\n  Apache says:\n{indent(message, 4)}"
        )
    elif answer["elsewhere"] or not 0 <= offset < len(block.text.split("\n")):
        raise Failed(f"{block.at(0)}: Apache refuses a line that is not the block's\n{indent(message)}")
    elif answer["line"] is not None and block.emphasized and offset + 1 not in block.emphasized:
        raise Failed(f"{place(block, offset)}: Apache refuses this line, but the page marks another\n{indent(message)}")
    return "parsed"


def _config_test(ask: Ask, block: Block) -> dict[str, Any]:
    return ask(
        "check",
        text=block.text,
        context=block.options.get("context", "server"),
        name=block.listing or block.source,
        line=block.listing_line or block.line,
    )


def excuse(ask: Ask, block: Block) -> str:
    """See that a block that is not checked has a reason, and could not be.

    :raises Failed: it has none, or Apache takes it
    """
    if not block.options.get("unchecked", "").strip():
        raise Failed(
            f"{block.at(0)}: nothing checks this block ({block.language}): give it a path as its caption, "
            "make it a transcript, or say why not with ':unchecked: the reason'"
        )
    if block.language == "apache":
        try:
            taken = _config_test(ask, block)["ok"]
        except Refused:  # there is no Apache on this page that could take it
            taken = False
        if taken:
            raise Failed(f"{block.at(0)}: marked ':unchecked:', but Apache accepts it: take the mark away")
    return ""
