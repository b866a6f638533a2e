"""A form that runs the doctor in the reader's browser, on what is pasted: a container of the class ``check``.

Python for it is made with the machine in the browser (``make browser-machine``). Without that the form is not there,
and the page says so. Nothing is loaded before somebody presses its button.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from inbrowser import downloaded, installed, lab_of
from onefile import NAME

PLACE = '<div class="check docutils container">\n'
#: What somebody may ask about besides, as the command takes it.
VERSIONS = {"": "(none)", "4.9": "4.9 (Debian 12)", "5.0": "5.0 (Debian 13)", "6.1": "6.1"}
FORM = """<form data-python="{python}" data-fetched="{fetched}" data-program="{program}" data-machine="{machine}">
<label>A configuration, or lines of an error log
<textarea name="text" rows="12" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></label>
<label>Planning an upgrade? Also find what this version of mod_wsgi refuses:
<select name="version">{versions}</select></label>
<p><button>Check</button> <button type="button" name="link">Copy a link to this text</button>
<span role="status">Downloads Python once, {megabytes:.0f} MB.</span></p>
<p><button type="button" name="machine">Try it on a real Apache</button>
<span>Downloads a machine with Debian {debian}, {machine_megabytes:.0f} MB, and runs it in this page.</span></p>
</form>
<div class="check-machine"></div>
<div class="check-found" tabindex="-1"></div>
"""
MISSING = """<p>This copy of the tutorial has no form here, because it was built without Python for the browser.
To build it, run <code>make browser-machine</code>.</p>
"""


def _form(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is None or PLACE not in context.get("body", ""):
        return
    form = MISSING
    if lab := lab_of(app):
        app.add_js_file("check.js", loading_method="defer")
        app.add_css_file("check.css")
        app.add_css_file("inbrowser.css")
        options = (f'<option value="{value}">{escape(says)}</option>' for value, says in VERSIONS.items())
        form = FORM.format(
            python=context["pathto"](f"_static/inbrowser/lab/{lab['python']['folder']}/", resource=True),
            program=context["pathto"](NAME, resource=True),
            fetched=lab["python"]["fetched"],
            megabytes=lab["python"]["bytes"] / 1e6,
            machine=context["pathto"]("_static/inbrowser/", resource=True),
            machine_megabytes=downloaded(lab, *installed(lab)) / 1e6,
            debian=lab["versions"]["debian"],
            versions="".join(options),
        )
    context["body"] = context["body"].replace(PLACE, PLACE + form)


def setup(app: Sphinx) -> None:
    """Put the form into its place."""
    app.connect("html-page-context", _form)
