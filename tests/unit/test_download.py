"""Each file that a page shows can be downloaded, under the name it has where it goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.project import Project

PAGE = """
Page
====

.. literalinclude:: ../snippets/a.conf
   :language: apache
   :caption: /etc/apache2/sites-available/site.conf

.. literalinclude:: ../snippets/a.conf
   :language: apache
   :lines: 2-

.. literalinclude:: ../snippets/a.conf
   :language: apache
   :caption: A file that goes nowhere

.. code-block:: ini
   :caption: /etc/typed.ini

   [typed]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, {"tutorial/index.rst": PAGE, "snippets/a.conf": "# å\nListen 81\n"})


def offered(page: Path) -> list[tuple[str, bytes]]:
    """Return what a built page offers: names, and what one gets."""
    links = BeautifulSoup(page.read_text(), "html.parser").select("a.listing-download")
    return [(str(link["download"]), (page.parent / str(link["href"])).read_bytes()) for link in links]


def test_a_file_is_offered_under_the_name_it_has_where_it_goes(project: Project) -> None:
    project.build("html")
    page = project.place / "build/html/index.html"
    assert offered(page) == [("site.conf", "# å\nListen 81\n".encode())]
    assert 'aria-label="download site.conf"' in page.read_text()


def test_the_offer_follows_the_file(project: Project) -> None:
    project.build("html")
    project.write("snippets/a.conf", "Listen 82\n" * 2)
    project.build("html")
    assert offered(project.place / "build/html/index.html") == [("site.conf", b"Listen 82\n" * 2)]


@pytest.mark.parametrize(("builder", "file"), [("text", "index.txt"), ("epub", "index.xhtml")])
def test_where_nothing_can_be_downloaded_nothing_is_offered(project: Project, builder: str, file: str) -> None:
    with (project.place / "conf.py").open("a") as conf:
        conf.write('version = copyright = "1"\nepub_show_urls = "no"\nsuppress_warnings = ["epub", "config"]\n')
    project.build(builder)
    text = (project.place / f"build/{builder}/{file}").read_text()
    assert "site.conf" in text
    assert "download" not in text
