"""``literalinclude`` with ``:diff:``: the suite has both files, a reader sees what changes and copies what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project import CONF, Project

BROKEN = "<VirtualHost *:80>\n    ServerName a\n    Order allow,deny\n</VirtualHost>\n"
FIXED = "<VirtualHost *:80>\n    ServerName a\n    Require all granted\n</VirtualHost>\n"
PAGE = """
One
===

.. literalinclude:: ../snippets/fixed.conf
   :diff: ../snippets/{before}
   :language: apache
   :caption: /etc/apache2/sites-available/a.conf
   :emphasize-lines: 1
"""


def project(place: Path, before: str = "broken.conf", conf: str = CONF) -> Project:
    """Return a project with a page that shows a change."""
    files = {
        "snippets/broken.conf": BROKEN,
        "snippets/fixed.conf": FIXED,
        "tutorial/index.rst": PAGE.format(before=before),
    }
    return Project(place, {**files, "conf.py": conf})


def test_the_manifest_has_what_was_there_and_what_is_written(tmp_path: Path) -> None:
    made = project(tmp_path)
    made.build()
    (block,) = made.blocks()
    assert (block.role, block.language, block.text, block.replaces) == ("file", "apache", FIXED, BROKEN)
    assert (block.listing, block.whole) == ("snippets/fixed.conf", True)
    made.write("snippets/broken.conf", BROKEN + "# more\n")
    made.build()
    assert made.blocks()[0].digest != block.digest, "another file before, and the verdict would stand"


def test_a_reader_sees_the_lines_that_go_and_those_that_come_and_where(tmp_path: Path) -> None:
    made = project(tmp_path)
    made.build("html")
    html = (tmp_path / "build/html/index.html").read_text()
    assert '<span class="gd">-    Order allow,deny' in html
    assert '<span class="gi gi-Sign">+</span><span class="gi">    Require all granted</span>' in html
    assert "ServerName a" in html
    assert "hll" not in html, "lines of the whole file are marked in its change"


@pytest.mark.parametrize(
    ("before", "told"),
    [("fixed.conf", "the two listings say the same"), ("none.conf", "No such file or directory")],
)
def test_a_change_that_is_none_is_refused(tmp_path: Path, before: str, told: str) -> None:
    done = project(tmp_path, before).build(fails=True)
    assert f"index.rst:5: WARNING: ':diff: ../snippets/{before}': " in done.stderr
    assert told in done.stderr
