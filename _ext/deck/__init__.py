"""What sphinx-revealjs 3.2 lacks for a talk that is given in a room without a network.

Each module closes a trap of its own, and can be told from the others:

``steps``
    A listing that is walked through, ``:steps: 1-2 | 5``. Without it listings go to highlight.js, which loses
    ``:emphasize-lines:``, guesses the languages that it does not know, and weighs 300 kB.
``notes``
    Speaker notes that keep their markup. Without it they are escaped text, all in one paragraph, and other builders
    show them to the audience.
``colours``
    Pygments' colours for light and dark rooms. Without it the stylesheet that Sphinx writes is linked by no theme.
``qr``
    ``.. qr-code::``, the deck's address as a picture, if it has one.
``recording``
    ``.. demo::``, live where there is a machine to ask, otherwise as it was recorded.
``csp``
    What Reveal.js writes as it runs, said to the content security policy. Without it there is no speaker view.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from deck import colours, csp, notes, qr, recording, steps

STATIC = Path(__file__).parent / "static"


def _static(app: Sphinx) -> None:
    app.config.revealjs_static_path.append(str(STATIC))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Put what is here beside, and where it has to be in place of, sphinx-revealjs's own."""
    app.setup_extension("sphinx_revealjs")
    app.setup_extension("website.leftovers")
    app.setup_extension("website.fonts")
    for part in (colours, notes, qr, recording, steps, csp):
        part.setup(app)
    app.connect("builder-inited", _static, priority=0)
    return {"parallel_read_safe": False}  # as sphinx-revealjs
