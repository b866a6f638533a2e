"""The deck as a room sees it: in a browser, from a file, with the network off.

Each check is a function that is also shown a fault, to see it caught.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from project import ROOT
from tests import built
from tests.browser.seen import SCHEMES, Scheme, complaints, moving, violations
from tools.print import deck as printed
from website.csp import META

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
    """Write the deck with something replaced in it, beside the deck so that it finds its styles; without its policy."""
    html = META.sub("", deck.read_text())
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
        while (Reveal.nextFragment()); // the slide at its fullest
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
        for (const diagram of slide.querySelectorAll("img.diagram")) {
            const size = diagram.offsetHeight / diagram.naturalHeight * 15; // of its smallest text
            if (size < 22) fault(`diagram with text of ${size}px`);
        }
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
            const least =
                element.closest(".small-print, .snippet-verdict, .snippet-fails") ? 20
                : element.closest("pre, code") ? 22 : 28;
            const size = parseFloat(getComputedStyle(element).fontSize);
            if (size < least) fault(`text of ${size}px: ${texts.currentNode.data}`);
            if (contrast(element) < 7) fault(`contrast ${contrast(element)}: ${texts.currentNode.data}`);
        }
    }
    return faults;
}"""


def faults(page: Page, deck: Path) -> list[str]:
    """Say what is wrong with the deck, slide by slide."""
    found = complaints(page, ("file:",), ("error", "warning"))
    show(page, deck)
    found += page.evaluate(SLIDE_FAULTS)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_slide_can_be_read_in_a_room_without_network(page: Page, deck: Path, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    assert faults(page, deck) == []


def test_the_deck_that_is_published_can_be_read_too(page: Page) -> None:
    assert faults(page, built.site() / "slides/index.html") == []


FAULTY_SLIDES = {
    "tall: does not fit": '<div style="height: 700px"></div>',
    "wide: does not fit": "x" * 200,
    "clipped-right: clipped listing": f"<pre>{'x' * 200}</pre>",
    "clipped-below: clipped listing": '<pre style="height: 20px">x<br>x</pre>',
    "small: text of 27px": '<p style="font-size: 27px">small</p>',
    "pale: contrast 4.": '<p style="color: #777">pale</p>',
    "drawing: diagram with text of 21": '<img class="diagram" style="height: 500px" alt="" src="_images/request.svg">',
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


# -- What a screen reader trips over ---------------------------------------------------------------


def barriers(page: Page, deck: Path) -> list[str]:
    """Return what axe finds on each slide."""
    show(page, deck)
    found = []
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number}); while (Reveal.nextFragment());")
        found += [f"slide {number + 1}: {it['id']}" for it in violations(page)]
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_any_slide(page: Page, deck: Path, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    assert barriers(page, deck) == []


def test_a_picture_without_words_is_found(page: Page, deck: Path) -> None:
    picture = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">'
    assert "slide 2: image-alt" in barriers(page, with_fault(deck, ("<h2>", f"{picture}<h2>")))


# -- Keys and colours ------------------------------------------------------------------------------

PAPER = "getComputedStyle(document.querySelector('.reveal-viewport')).backgroundColor"


def test_d_makes_the_room_dark_and_light_again_and_is_remembered(page: Page, deck: Path) -> None:
    page.emulate_media(color_scheme="light")
    show(page, deck)
    light = page.evaluate(PAPER)
    page.keyboard.press("d")
    dark = page.evaluate(PAPER)
    assert dark != light
    show(page, deck)
    assert page.evaluate(PAPER) == dark
    page.keyboard.press("d")
    assert page.evaluate(PAPER) == light


def test_the_system_decides_until_somebody_does(page: Page, deck: Path) -> None:
    papers = set()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        show(page, deck)
        papers.add(page.evaluate(PAPER))
    assert len(papers) == 2


@pytest.mark.parametrize(
    ("key", "shown"),
    [("Escape", ".reveal.overview"), ("g", ".jump-to-slide-input"), ("Control+Shift+F", ".searchbox")],
    ids=["overview", "jump", "search"],
)
def test_a_key_opens_it_without_a_network(page: Page, deck: Path, key: str, shown: str) -> None:
    show(page, deck)
    expect(page.locator(shown)).not_to_be_visible()
    page.keyboard.press(key)
    expect(page.locator(shown)).to_be_visible()


def test_a_slide_is_jumped_to_by_its_number(page: Page, deck: Path) -> None:
    show(page, deck)
    page.keyboard.press("g")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert page.evaluate("Reveal.getIndices().h") == 4


def still_moving(page: Page, deck: Path) -> list[str]:
    """Return what moves on any slide although nothing should."""
    page.emulate_media(reduced_motion="reduce")
    show(page, deck)
    return moving(page, ".reveal, .reveal *")


def test_nothing_moves_for_who_wants_no_motion(page: Page, deck: Path) -> None:
    assert still_moving(page, deck) == []


def test_what_moves_nevertheless_is_found(page: Page, deck: Path) -> None:
    moving = '<style>.reveal h2 { transition: opacity 1s !important }</style><div class="reveal">'
    assert set(still_moving(page, with_fault(deck, ('<div class="reveal">', moving)))) == {"H2"}


# -- A listing that is walked through, and the time it takes ---------------------------------------


def marked(page: Page, slide: str) -> list[str]:
    """Press the key through a slide; return what is marked after each press."""
    page.evaluate(f"Reveal.slide(Reveal.getIndices(document.getElementById('{slide}')).h)")
    found = []
    while page.evaluate("Reveal.availableFragments().next"):
        page.keyboard.press("ArrowRight")
        found.append("".join(page.locator(f"#{slide} .step.current-fragment").all_text_contents()))
    return found


def test_each_press_marks_the_next_lines_and_the_notes_have_as_many_points(page: Page, deck: Path) -> None:
    show(page, deck)
    steps = marked(page, "a-complete-example")
    assert [step.split()[0] for step in steps] == [
        "ServerName", "WSGIDaemonProcess", "user=myapp", "home=/srv/myapp", "WSGIProcessGroup", "Require",
    ]  # fmt: skip
    assert page.locator("#a-complete-example aside ol > li").count() == len(steps)


@pytest.mark.parametrize(
    ("steps", "told"), [("1 | 1", "line 1 is in two steps"), ("x", "invalid line number spec"), ("3", "has no line 3")]
)
def test_wrong_steps_are_told_with_their_line(tmp_path: Path, steps: str, told: str) -> None:
    listing = f"Title\n=====\n\n.. code-block:: python\n    :steps: {steps}\n\n    first\n    second\n"
    (tmp_path / "index.rst").write_text(listing)
    with pytest.raises(AssertionError, match=rf"index\.rst:4: (.|\n)*{told}"):
        sphinx("-C", "-D", "extensions=deck", "-b", "revealjs", tmp_path, tmp_path / "out")


def test_the_notes_are_spoken_in_twenty_minutes(page: Page, deck: Path) -> None:
    show(page, deck)
    timings = page.evaluate("Reveal.getSlides().map(slide => Number(slide.dataset.timing))")
    words = page.evaluate(
        "Reveal.getSlides().map(slide => slide.querySelector('aside').textContent.match(/\\S+/g).length)"
    )
    assert sum(timings) == 20 * 60
    hurried = [
        number for number, (time, said) in enumerate(zip(timings, words, strict=True), 1) if said / time * 60 > 150
    ]
    assert hurried == []  # words a minute


# -- The demo ----------------------------------------------------------------------------------------


def test_with_no_machine_the_demo_is_the_recording_row_by_row(page: Page, deck: Path) -> None:
    recorded = json.loads((ROOT / "snippets/recorded/demo.json").read_text())
    show(page, deck)
    page.evaluate("Reveal.slide(Reveal.getIndices(document.getElementById('see-it-run')).h)")
    rows = page.locator(".demo tbody tr")
    seen = []
    for row in rows.all():
        expect(row).not_to_be_visible()
        page.keyboard.press("ArrowRight")
        expect(row).to_be_visible()
        seen.append(row.locator("th, td").all_inner_texts())
    assert seen == [
        [step["typed"], *([step["said"][name] for name in ("pid", "user", "served")] if "said" in step else [""])]
        for step in recorded["steps"]
    ]


def test_live_the_demo_shows_what_a_machine_answers(page: Page, deck: Path) -> None:
    touched: list[str] = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://deck.invalid")
        if path.startswith("/demo/"):
            touched.append(path)
            pid = str(7 + touched.count("/demo/touch"))
            said = {"said": {"pid": pid, "user": "me", "served": "1"}} if path == "/demo/ask" else {}
            route.fulfill(json={"typed": path} | said)
        else:
            route.fulfill(path=deck.parent / path.partition("?")[0].lstrip("/"))

    page.route("http://deck.invalid/**", answer)
    page.goto("http://deck.invalid/index.html?live#/see-it-run")
    row = page.locator(".demo tbody tr").last
    expect(row).to_have_text("/demo/ask7me1")
    page.get_by_role("button", name="Touch the WSGI file").click()
    expect(row).to_have_text("/demo/ask8me1")
    expect(page.locator(".demo-source")).to_have_text("Live")


# -- Paper and weight --------------------------------------------------------------------------------


def test_the_deck_and_its_handout_are_printed_a_page_a_slide_with_outline_and_tags(
    page: Page, deck: Path, tmp_path: Path
) -> None:
    show(page, deck)
    slides = page.evaluate("Reveal.getTotalSlides()")
    for name in printed.PAPERS:
        printed.write_page(page, deck, name, tmp_path / name)
        written = (tmp_path / name).read_bytes()
        assert max(int(count) for count in re.findall(rb"/Count (\d+)", written)) == slides
        assert b"/StructTreeRoot" in written
        assert b"/Outlines" in written
        assert b"/URI" in written


def weight(page: Page, deck: Path) -> int:
    """Return the bytes, gzipped, of what a browser loads of the deck, on each of its slides."""
    loaded: set[str] = set()
    page.on("request", lambda it: loaded.add(unquote(urlsplit(it.url).path)) if it.url.startswith("file:") else None)
    faults(page, deck)  # goes through them
    return sum(len(gzip.compress(Path(path).read_bytes())) for path in loaded)


def test_the_deck_is_light(page: Page, deck: Path) -> None:
    assert 100_000 < weight(page, deck) <= 350_000
