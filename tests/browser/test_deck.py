"""The deck as a room sees it: in a browser, from a file, with the network off.

Each check is a function that is also shown a fault, to see it caught.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]

# -- The extension, without the project's configuration ------------------------------------------

SMALL_DECK = """
Title
=====

.. code-block:: python
    :emphasize-lines: 2

    first = 1
    second = 2

.. revealjs-notes::

    Say *this* about ``second``.

    - And pause.
"""


def sphinx(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-n", "-W", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT / "_ext")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def small_deck(tmp_path: Path, extension: str, builder: str = "revealjs") -> str:
    (tmp_path / "index.rst").write_text(SMALL_DECK)
    sphinx("-C", "-D", f"extensions={extension}", "-b", builder, tmp_path, tmp_path / "out")
    return next((tmp_path / "out").glob("index.*")).read_text()


def missing_markup(html: str) -> list[str]:
    notes = html.partition('<aside class="notes">')[2].partition("</aside>")[0]
    wanted = {"<p>": notes, "<em>this</em>": notes, "<code": notes, "<li>": notes, 'class="hll"': html}
    return [markup for markup, place in wanted.items() if markup not in place]


def test_notes_keep_their_markup_and_emphasized_lines_are_marked(tmp_path: Path) -> None:
    assert missing_markup(small_deck(tmp_path, "deck")) == []


def test_without_the_extension_that_markup_is_missing(tmp_path: Path) -> None:
    assert len(missing_markup(small_deck(tmp_path, "sphinx_revealjs"))) == 5


@pytest.mark.parametrize("builder", ["html", "text"])
def test_other_builders_leave_the_notes_out(tmp_path: Path, builder: str) -> None:
    assert "pause" not in small_deck(tmp_path, "deck", builder)


def test_without_the_extension_other_builders_show_the_notes(tmp_path: Path) -> None:
    assert "pause" in small_deck(tmp_path, "sphinx_revealjs", "html")


# -- The deck, built with the project's configuration -------------------------------------------


@pytest.fixture(scope="session")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("deck")
    sphinx("-b", "revealjs", "-t", "slides", "-c", ROOT, "-d", out / "doctrees", ROOT / "slides", out)
    return out / "index.html"


def with_fault(deck: Path, *faults: tuple[str, str]) -> Path:
    """Write the deck with something replaced in it, beside the deck so that it finds its styles."""
    html = deck.read_text()
    for right, wrong in faults:
        assert right in html
        html = html.replace(right, wrong, 1)
    faulty = deck.with_name("faulty.html")
    faulty.write_text(html)
    return faulty


def highlight_js(deck: Path) -> list[str]:
    scripts = [str(path) for path in deck.parent.rglob("*highlight*")]
    return scripts + ["used"] * ("RevealHighlight" in deck.read_text())


def test_no_highlight_js_is_in_the_output(deck: Path) -> None:
    assert highlight_js(deck) == []


def test_a_highlight_js_plugin_is_found(deck: Path) -> None:
    faulty = with_fault(deck, ("RevealNotes,", "RevealNotes, RevealHighlight,"))
    assert highlight_js(faulty) == ["used"]


# -- The deck in a browser ------------------------------------------------------------------------


def show(page: Page, deck: Path, address: str = "") -> None:
    page.goto("about:blank")  # else a new fragment alone would not load the page again
    page.goto(deck.as_uri() + address)
    page.wait_for_function("Reveal.isReady() && document.fonts.status == 'loaded'")


SLIDE_FAULTS = """() => {
    const faults = [];
    const luminance = colour => colour.match(/[\\d.]+/g).slice(0, 3)
        .map(part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const contrast = element => {
        let ground = element;
        while (getComputedStyle(ground).backgroundColor == "rgba(0, 0, 0, 0)") ground = ground.parentElement;
        const [dark, light] = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]
            .map(luminance).sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    for (const slide of Reveal.getSlides()) {
        const {h, v} = Reveal.getIndices(slide);
        Reveal.slide(h, v);
        const fault = text => faults.push(`${slide.id}: ${text}`);
        // There must be room for what the suite says of a listing, said already or not.
        for (const listing of slide.querySelectorAll("[class^=highlight-]"))
            if (!listing.nextElementSibling?.matches(".snippet-verdict"))
                listing.insertAdjacentHTML("afterend",
                    "<p class='snippet-verdict'>Ran on Debian 13 · Apache 2.4.68 · mod_wsgi 5.0.2</p>");
        if (slide.scrollHeight > 720 || slide.scrollWidth > 1280) fault("does not fit");
        if (!slide.querySelector("aside.notes > p")) fault("no formatted notes");
        for (const link of document.querySelectorAll(".slides a[href]"))
            if (!slide.contains(link) && link.checkVisibility({visibilityProperty: true}))
                fault(`Tab reaches the hidden ${link.href}`);
        for (const pre of slide.querySelectorAll("pre")) {
            if (pre.scrollHeight > pre.clientHeight || pre.scrollWidth > pre.clientWidth)
                fault("clipped listing");
            const colour = getComputedStyle(pre).color;
            if ([...pre.querySelectorAll("span")].every(span => getComputedStyle(span).color == colour))
                fault("listing without colours");
        }
        const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!texts.currentNode.data.trim() || element.closest("aside")) continue;
            // 4.5 is the measure for small print, and for large text in the tutorial's own colours.
            const [least, ratio] =
                element.closest(".small-print, .snippet-verdict, .snippet-fails") ? [20, 4.5]
                : element.closest("pre") ? [22, 4.5] : element.closest("code") ? [22, 7] : [28, 7];
            const size = parseFloat(getComputedStyle(element).fontSize);
            if (size < least) fault(`text of ${size}px: ${texts.currentNode.data}`);
            if (contrast(element) < ratio) fault(`contrast ${contrast(element)}: ${texts.currentNode.data}`);
        }
    }
    return faults;
}"""


def faults(page: Page, deck: Path) -> list[str]:
    """Say what is wrong with the deck, slide by slide."""
    found: list[str] = []
    page.on("request", lambda it: None if it.url.startswith("file:") else found.append(f"asks for {it.url}"))
    page.on("console", lambda it: found.append(it.text) if it.type in ("error", "warning") else None)
    page.on("pageerror", lambda it: found.append(it.message))
    show(page, deck)
    found += page.evaluate(SLIDE_FAULTS)
    return found


def test_every_slide_can_be_read_in_a_room_without_network(page: Page, deck: Path) -> None:
    assert faults(page, deck) == []


FAULTY_SLIDES = {
    "tall: does not fit": '<div style="height: 700px"></div>',
    "wide: does not fit": "x" * 200,
    "clipped-right: clipped listing": f"<pre>{'x' * 200}</pre>",
    "clipped-below: clipped listing": '<pre style="height: 20px">x<br>x</pre>',
    "small: text of 27px": '<p style="font-size: 27px">small</p>',
    "pale: contrast 4.4": '<p style="color: #777">pale</p>',
    "notes: no formatted notes": '<aside class="notes">notes</aside>',
    "Tab reaches the hidden": '<a href="#/">link</a>',
    "asks for https://example.org/a.png": '<img alt="" src="https://example.org/a.png">',
    "nowhere is not defined": "<script>nowhere()</script>",
    "Failed to load resource": '<link rel="stylesheet" href="absent.css">',
}


def test_each_kind_of_fault_is_found(page: Page, deck: Path) -> None:
    slides = "".join(
        f'<section><section id="{fault.partition(":")[0]}">{slide}</section></section>'
        for fault, slide in FAULTY_SLIDES.items()
    )
    reachable = "<style>.slides section { visibility: visible !important }</style>"
    faulty = with_fault(
        deck,
        ('role="main">', f'role="main">{reachable}{slides}'),
        ('href="_static/pygments.css', 'disabled href="_static/pygments.css'),
    )
    found = "\n".join(faults(page, faulty))
    assert [fault for fault in (*FAULTY_SLIDES, "listing without colours") if fault not in found] == []


def lost_slides(page: Page, deck: Path, names: list[str]) -> list[str]:
    lost = []
    for name in names:
        show(page, deck, f"#/{name}")
        if page.evaluate("Reveal.getCurrentSlide().id") != name:
            lost.append(name)
    return lost


def test_a_link_to_a_slide_opens_it(page: Page, deck: Path) -> None:
    show(page, deck)
    names = page.evaluate("Reveal.getSlides().map(slide => slide.id)")
    assert len(set(names)) == len(names) >= 7
    assert lost_slides(page, deck, names) == []
    assert lost_slides(page, with_fault(deck, (f'id="{names[1]}"', "")), names[:2]) == [names[1]]


def formatted_in_speaker_view(page: Page, deck: Path) -> bool:
    show(page, deck)
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes .value")
    expect(notes).not_to_be_empty()
    return notes.locator("p").count() > 0 and notes.locator("em").count() > 0


def test_s_opens_the_speaker_view_with_formatted_notes(page: Page, deck: Path) -> None:
    assert formatted_in_speaker_view(page, deck)


def test_notes_that_lost_their_markup_are_found(page: Page, deck: Path) -> None:
    text = '<aside class="notes">Welcome</aside><aside hidden>'
    assert not formatted_in_speaker_view(page, with_fault(deck, ('<aside class="notes">', text)))


def printed_badly(page: Page, deck: Path) -> list[object]:
    show(page, deck)
    slides = page.evaluate("Reveal.getSlides().length")
    show(page, deck, "?view=print")
    page.wait_for_selector(".pdf-page")
    pages = page.evaluate(
        """() => [...document.querySelectorAll(".pdf-page")].map(page => {
            const slide = page.querySelector("section");
            return [page.offsetTop / page.offsetHeight, slide.offsetTop, getComputedStyle(slide).paddingLeft];
        })"""
    )
    wanted = [[number, 0, "88px"] for number in range(slides)]
    return [there for there, right in zip(pages, wanted, strict=True) if there != right]


def test_a_slide_prints_on_a_page_with_its_margins(page: Page, deck: Path) -> None:
    assert printed_badly(page, deck) == []


def test_a_print_without_margins_is_found(page: Page, deck: Path) -> None:
    style = "<style>html.reveal-print .reveal .slides section:not(.stack) { padding: 0 !important }</style>"
    assert printed_badly(page, with_fault(deck, ("<body>", f"<body>{style}")))


def shown_without_javascript(browser: Browser, deck: Path) -> int:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(deck.as_uri())
        return sum(title.is_visible() for title in page.locator("h2").all())


def test_without_javascript_the_deck_is_a_page(browser: Browser, deck: Path) -> None:
    assert shown_without_javascript(browser, deck) == deck.read_text().count("<h2>")


def test_a_deck_that_is_blank_without_javascript_is_found(browser: Browser, deck: Path) -> None:
    assert shown_without_javascript(browser, with_fault(deck, ("deck.css", "absent.css"))) == 0
