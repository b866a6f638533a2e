"""What a configuration opens, compared with what it serves."""

from __future__ import annotations

import pytest

from runner.access import too_wide


def site(directory: str, *lines: str, rule: str = "Require all granted") -> str:
    return "\n".join([*lines, f"<Directory {directory}>", f"    {rule}", "</Directory>"])


@pytest.mark.parametrize(
    "configuration",
    [
        site("/srv/hello", "WSGIScriptAlias / /srv/hello/wsgi.py"),
        site('"/srv/hello/"', 'WSGIScriptAlias / "/srv/hello/wsgi.py" process-group=hello'),
        site("/srv/hello/static", "Alias /static /srv/hello/static"),
        site("/srv/hello", "Alias /static /srv/hello/static", "WSGIScriptAlias / /srv/hello/wsgi.py"),
        site("/srv/elsewhere", "WSGIScriptAlias / /srv/hello/wsgi.py"),
        site("/", "WSGIScriptAlias / /srv/hello/wsgi.py", rule="Require all denied"),
        site("/srv", "WSGIScriptAlias / /srv/hello/wsgi.py", rule="WSGIProcessGroup hello"),
        "WSGIRestrictEmbedded On",
        "",
    ],
)
def test_what_is_served_may_be_open(configuration: str) -> None:
    assert too_wide(configuration) is None


@pytest.mark.parametrize(
    ("configuration", "offset"),
    [
        (site("/srv", "WSGIScriptAlias / /srv/hello/wsgi.py"), 1),
        (site("/", "WSGIScriptAlias / /srv/hello/wsgi.py"), 1),
        (site('"/srv"', "# comment", 'alias /static "/srv/hello/static"', rule="require all granted"), 2),
        (site("/var", "DocumentRoot /var/www/html"), 1),
        (site("/srv/a", "WSGIScriptAlias /a /srv/a/wsgi.py") + "\n" + site("/srv"), 4),
    ],
)
def test_what_lies_around_it_may_not(configuration: str, offset: int) -> None:
    found = too_wide(configuration)
    assert found is not None
    assert found[0] == offset
    assert "open only what is served" in found[1]
