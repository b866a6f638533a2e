"""The one Sphinx configuration: with the tag ``slides`` it is the deck's, otherwise the tutorial's."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT)]  # the extensions, and the doctor, whose rules a page lists

# -- Both ----------------------------------------------------------------------------------------

project = "A very short introduction to mod_wsgi"
copyright = "2026 the contributors of this tutorial; after a talk by Vincent Férotin, 2013"
author = "the contributors of this tutorial"
language = "en"

extensions = ["snippets"]
highlight_language = "none"  # a block says what it is
pygments_style = "a11y-high-contrast-light"  # both have a contrast of 7 to 1
pygments_dark_style = "website.dark.Dark"
html_baseurl = os.environ.get("SITE_URL", "")  # where the site is to be, for what has to know it
html_favicon = "tutorial/_static/logo.svg"
html_copy_source = False  # the sources hold the speaker notes
html_show_sphinx = False
nitpicky = True
# Where a network drops packets, each link costs the timeout; a host that asks for a longer wait than the limit of the
# rate is left unchecked.
linkcheck_timeout, linkcheck_workers, linkcheck_rate_limit_timeout = 10, 10, 30
policy_workers = ["'wasm-unsafe-eval'"]  # the machine in a reader's browser translates its code in one

# -- The deck ------------------------------------------------------------------------------------

if tags.has("slides"):  # type: ignore[name-defined]  # noqa: F821 (Sphinx defines it)
    extensions += ["deck"]
    policy_site = ".."  # the deck is a folder of the tutorial's site
    # Left out: what Pygments and the extension do, what no slide uses, and what Reveal.js is made from.
    exclude_patterns = [
        f"revealjs/{unused}"
        for unused in (
            "css", "dist/theme", "plugin/highlight", "plugin/markdown", "plugin/math",
            "plugin/*/plugin.js", "**/*.esm.js", "**/*.map",
        )
    ]  # fmt: skip
    revealjs_html_theme = "revealjs-simple"  # the other theme forbids zooming
    revealjs_static_path = ["slides/_static"]
    revealjs_style_theme = "deck.css"
    revealjs_css_files = ["pygments.css"]  # linked by no theme of sphinx-revealjs
    revealjs_js_files = ["deck.js"]
    revealjs_use_section_ids = True  # a slide's address survives a new slide before it
    revealjs_script_plugins = [
        {"name": name, "src": f"revealjs/plugin/{file}/{file}.js"}
        for name, file in (("RevealNotes", "notes"), ("RevealSearch", "search"), ("RevealZoom", "zoom"))
    ]
    revealjs_script_conf = {
        "width": 1280,
        "height": 720,
        "margin": 0,  # deck.css has the margins
        "center": False,
        "controlsLayout": "edges",
        "controlsTutorial": False,
        "hash": True,
        "pdfSeparateFragments": False,  # a page a slide
        "slideNumber": "c/t",
        "transition": "none",
    }

# -- The tutorial --------------------------------------------------------------------------------

else:
    extensions += ["faults", "inbrowser", "reference", "sphinx_copybutton", "tested", "website"]
    templates_path = ["tutorial/_templates"]
    html_theme = "furo"
    html_title = "mod_wsgi, tested"  # where there is little room
    html_show_copyright = False  # the template says more: page.html
    html_static_path = ["tutorial/_static"]
    html_css_files = ["site.css", "sidebar.css"]
    html_js_files = ["site.js"]
    html_additional_pages = {"404": "404.html"}
    website_minutes = {"": 15, "recipes": 45}  # a lesson is for one sitting, a recipe for one goal
    website_moved = "tutorial/moved.toml"
    website_also = ["slides/index.html"]
    repository_url = os.environ.get("REPO_URL", "")  # where the repository is to be seen: the links at a page's end
    # A transcript's commands are copied, without prompts; its output is not. Other blocks are copied whole.
    copybutton_prompt_text = r"(?:\([^()]+\) )?\$ |> ?"
    copybutton_prompt_is_regexp = True
    copybutton_copy_empty_lines = False  # those of an output
    # Prompts tell it which lines are commands; of a change, only what is right is copied, without its signs.
    copybutton_exclude = ".linenos, .line:has(.gd, .gu), .gi-Sign, .g-Sign"
    copybutton_selector = "div:not(.nothing-typed) > div.highlight > pre"
    # -- The tutorial as an e-book --
    version = "1"  # EPUB 3 wants one
    epub_copyright = f"{copyright}. CC BY 4.0"
    epub_basename = "tutorial"
    # It has the theme's styles for e-books alone, which old readers understand; light.py links no others.
    epub_exclude_files = [
        "404.xhtml",
        *(f"_static/{name}.css" for name in ("site", "sidebar", "front", "snippets", "reference", "copybutton")),
    ]
    epub_tocdup = False  # each page once in the contents, in reading order
    epub_show_urls = "no"  # they are links
