"""The one Sphinx configuration: with the tag ``slides`` it is the deck's, otherwise the tutorial's."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "_ext"))

# -- Both ----------------------------------------------------------------------------------------

project = "A very short introduction to mod_wsgi"
copyright = "CC BY 4.0"
author = "the authors"
language = "en"

extensions = ["snippets"]
highlight_language = "none"  # a block says what it is
html_copy_source = False  # the sources hold the speaker notes
html_show_sphinx = False
nitpicky = True

# -- The deck ------------------------------------------------------------------------------------

if tags.has("slides"):  # type: ignore[name-defined]  # noqa: F821 (Sphinx defines it)
    extensions += ["deck"]
    pygments_style = "a11y-light"  # the tutorial's: furo's choice
    exclude_patterns = ["revealjs/plugin/highlight"]  # Pygments does its work
    revealjs_html_theme = "revealjs-simple"  # the other theme forbids zooming
    revealjs_static_path = ["slides/_static"]
    revealjs_style_theme = "deck.css"
    revealjs_css_files = ["pygments.css"]  # written by Sphinx, linked by no theme of sphinx-revealjs
    revealjs_use_section_ids = True  # a slide's address survives a new slide before it
    revealjs_script_plugins = [{"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"}]
    revealjs_script_conf = {
        "width": 1280,
        "height": 720,
        "margin": 0,  # deck.css has the margins
        "center": False,
        "controlsLayout": "edges",
        "controlsTutorial": False,
        "hash": True,
        "slideNumber": "c/t",
        "transition": "none",
    }

# -- The tutorial --------------------------------------------------------------------------------

else:
    extensions += ["sphinx_copybutton"]
    html_theme = "furo"
    html_title = project
    # A transcript's commands are copied, without prompts; its output is not. Other blocks are copied whole.
    copybutton_prompt_text = r"(?:\([^()]+\) )?\$ |> ?"
    copybutton_prompt_is_regexp = True
    copybutton_exclude = ".linenos"  # prompts tell it which lines are commands
    copybutton_selector = "div:not(.nothing-typed) > div.highlight > pre"
