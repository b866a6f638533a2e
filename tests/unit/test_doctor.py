"""Each of the doctor's rules: what it finds, and what looks like it and is right."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import command
from doctor.findings import HINT, RULES, Case, findings
from doctor.load import Loader
from doctor.loading import relayed
from doctor.logs import seen, since
from doctor.machine import Account
from doctor.model import Model
from doctor.report import hidden

SITE = """<VirtualHost *:80>
    ServerName probe.localhost
    WSGIDaemonProcess probe {daemon}
    {before}
    WSGIScriptAlias {alias}
    <Directory /srv/probe>
        {access}
        {group}
        {directory}
    </Directory>
</VirtualHost>
{after}
"""


def site(**parts: str) -> str:
    usual = {
        "daemon": "", "before": "", "alias": "/ /srv/probe/wsgi.py", "access": "Require all granted",
        "group": "WSGIProcessGroup probe\nWSGIApplicationGroup %{GLOBAL}", "directory": "", "after": "",
    }  # fmt: skip
    return SITE.format(**usual | parts)


def case(text: str, machine: object = None) -> Case:
    loader = Loader(modules=command.ASSUMED)
    loader.text(text, "site.conf")
    return Case(Model(command.closed_as_debian(loader)), machine)


def found(text: str, machine: object = None, hints: bool = False) -> set[str]:
    return {one.rule.id for one in findings(case(text, machine)) if hints or one.rule.level != HINT}


OTHER = "<VirtualHost *:80>\nServerName {}\nWSGIDaemonProcess other\n</VirtualHost>"
FRONT = """<VirtualHost *:443>
ServerName probe.localhost
SSLEngine on
ProxyPass / http://127.0.0.1:80/
RequestHeader set X-Forwarded-Proto https
</VirtualHost>"""
TRUSTED = "WSGITrustedProxies 127.0.0.1\nWSGITrustedProxyHeaders X-Forwarded-Proto X-Forwarded-For"
RULE = "RewriteEngine On\nRewriteRule {}"
PASSWORD = "AuthType Basic\nAuthName a\nAuthUserFile /b\nRequire valid-user"

#: Rule → a text with the mistake, and one that looks like it.
TEXTS: dict[str, list[tuple[str, str]]] = {
    "ah01630": [
        (site(access=""), "LoadModule authz_core_module a.so\n" + site(access="")),
        (site(access=""), site()),
        (site(access=""), site(access="", after="<Location />\nRequire all granted\n</Location>")),
        (
            site(alias="/ /opt/app/wsgi.py process-group=probe"),
            site(alias="/ /usr/share/app/wsgi.py process-group=probe"),
        ),
        (site(access=""), site(access="Require all denied")),
        (
            site(before="Alias /i /srv/example.org/"),
            site(before="Alias /i /srv/example.org/i.png", after="<Files i.png>\nRequire all granted\n</Files>"),
        ),
        (
            site(before="Alias /static /srv/static"),
            site(
                before="Alias /static /srv/static", after="<Directory /srv/static/>\nRequire all granted\n</Directory>"
            ),
        ),
        (
            site(access="<Files other.py>\nRequire all granted\n</Files>"),
            site(access="<Files wsgi.py>\nRequire all granted\n</Files>"),
        ),
        (site(access=""), site(access="<RequireAny>\nRequire ip 192.0.2.1\nRequire local\n</RequireAny>")),
    ],
    "order-deny-allow": [
        (site(access="Order deny,allow\nAllow from all"), site(access="Order deny,allow\nRequire all granted"))
    ],
    "ah01797": [
        (
            site(access="Order allow,deny\nRequire all granted"),
            site(access="Order allow,deny\nAllow from all\nRequire all granted"),
        ),
        (site(access="Deny from all\nRequire all granted"), site(access="Deny from 192.0.2.1\nRequire all granted")),
    ],
    "relative-script-path": [(site(alias="/ wsgi.py"), site(alias="/ ${ROOT}/wsgi.py"))],
    "mount-point-trailing-slash": [
        (site(alias="/app/ /srv/probe/wsgi.py"), site(alias="/app/ /srv/probe/")),
        (site(alias="/app/ /srv/probe/wsgi.py"), site()),
    ],
    "alias-trailing-slash": [
        (
            site(before="Alias /static/ /srv/static"),
            site(before="Alias /static/ /srv/static/"),
        )
    ],
    "execcgi-is-off": [
        (
            site(directory="AddHandler wsgi-script .py"),
            site(directory="AddHandler wsgi-script .py\nOptions +ExecCGI"),
        ),
        (site(directory="SetHandler wsgi-script"), site(directory="SetHandler server-status")),
        (
            site(directory="SetHandler wsgi-script"),
            site(directory="<Files a.py>\nSetHandler wsgi-script\nOptions ExecCGI\n</Files>"),
        ),
    ],
    "the-source-code-is-public": [
        (site(before="Alias /static /srv/probe"), site(before="Alias /static /srv/probe/static")),
        (
            site(alias="/app /srv/probe/wsgi.py", before="DocumentRoot /srv/probe"),
            site(before="DocumentRoot /srv/probe"),
        ),
        (
            site(before="Alias /static /srv/probe"),
            site(before="Alias /static /srv/probe", after="<Location /static>\nRequire all denied\n</Location>"),
        ),
    ],
    "satisfy-any-lets-everyone-in": [
        (
            site(access=PASSWORD + "\nSatisfy Any\nAllow from all"),
            site(access=PASSWORD + "\nSatisfy All\nAllow from all"),
        ),
        (
            site(access=PASSWORD + "\nSatisfy Any"),
            site(access=PASSWORD + "\nSatisfy Any\nOrder deny,allow\nDeny from all"),
        ),
    ],
    "ah00027": [
        (site(access="Require valid-user"), site(access=PASSWORD)),
        (site(access="Require user ada"), site(access="Require ip 192.0.2.1")),
    ],
    "no-wsgi-daemon-process-called": [
        (site(group="WSGIProcessGroup prob"), site(group="WSGIProcessGroup %{ENV:GROUP}")),
        (site(group="WSGIProcessGroup other"), site(group="WSGIProcessGroup other", after="WSGIDaemonProcess other")),
        (site(group="WSGIProcessGroup prob"), site(alias="/ /srv/probe/wsgi.py process-group='probe'", group="")),
    ],
    "cannot-be-accessed-by-this-wsgi-application": [
        (
            site(group="WSGIProcessGroup other", after=OTHER.format("www.localhost")),
            site(group="WSGIProcessGroup other", after=OTHER.format("PROBE.localhost")),
        )
    ],
    "wsgidaemonprocess-has-no-effect": [
        (site(group=""), site(alias="/ /srv/probe/wsgi.py process-group=probe", group="")),
        (site(group=""), site(group="", after="<Location />\nWSGIProcessGroup probe\n</Location>")),
        (site(group=""), site(group="WSGIProcessGroup %{GLOBAL}")),
        (site(group=""), site(group="", before="<If true>\nWSGIProcessGroup probe\n</If>")),
        (
            site(group=""),
            site(group="", before="<Location /x>\nWSGIProcessGroup probe\n</Location>").replace(
                "WSGIScriptAlias /", "WSGIScriptAliasMatch ^/x"
            ),
        ),
    ],
    "embedded-mode-of-mod-wsgi-disabled": [
        (
            site(group="", after="WSGIRestrictEmbedded On"),
            site(after="WSGIRestrictEmbedded On"),
        )
    ],
    "a-group-without-a-name": [
        (
            site().replace("WSGIDaemonProcess probe", "WSGIDaemonProcess threads=5"),
            site(daemon="threads=5"),
        )
    ],
    "wsgiapplicationgroup-global-has-no-effect": [
        (
            site(group=f"WSGIProcessGroup probe\nWSGIApplicationGroup {wrong}"),
            site(group=f"WSGIProcessGroup probe\nWSGIApplicationGroup {right}"),
        )
        for wrong, right in [
            ("%{GLOBL}", "%{GLOBAL}"),
            ("%{global}", "%{ENV:NAME}"),
            ("GLOBAL", "shop"),
            ("%GLOBAL", "%{SERVER}"),
        ]
    ],
    "the-application-is-loaded-twice": [
        (
            site(before="WSGIImportScript /srv/probe/wsgi.py process-group=probe application-group=main"),
            site(before="WSGIImportScript /srv/probe/wsgi.py process-group=probe application-group=%{GLOBAL}"),
        )
    ],
    "the-process-restarts-after-each-request": [
        (site(daemon="maximum-requests=1k"), site(daemon="maximum-requests=1000")),
        (site(daemon="request-timeout=5m"), site(daemon="request-timeout=300")),
        (site(daemon="shutdown-timeout=2.5"), site(daemon="display-name=5m home=/srv user=a1b")),
    ],
    "every-request-hangs-and-the-log-is-empty": [
        (site(daemon="threads=five"), site(daemon="threads=5")),
        (site(daemon="processes=0"), site(daemon="maximum-requests=0")),
    ],
    "blocked-from-running-as-root": [(site(daemon="user=root"), site(daemon="user=rooty group=root"))],
    "wsgipythonpath-has-no-effect": [
        (
            site(after="WSGIPythonPath /srv/lib"),
            site(group="WSGIProcessGroup %{GLOBAL}", after="WSGIPythonPath /srv/lib"),
        )
    ],
    "python-path-with-two-directories-finds-neither": [
        (
            site(daemon="python-path=/srv/a,/srv/b"),
            site(daemon="python-path=/srv/a:/srv/b"),
        )
    ],
    "the-virtual-environment-is-ignored": [
        (
            site(daemon="python-path=/srv/venv/lib/python3.11/site-packages"),
            site(daemon="python-path=/usr/local/lib/python3.11/site-packages"),
        ),
        (
            site(daemon="python-path=/srv/venv/lib/python3.11/site-packages"),
            site(daemon="python-path=/srv/venv python-home=/srv/venv"),
        ),
    ],
    "http-instead-of-https-behind-a-proxy": [
        (site(after=FRONT), site(before=TRUSTED, after=FRONT)),
        (site(after=FRONT), site(after=FRONT.replace("X-Forwarded-Proto https", "X-Name a"))),
        (site(after=FRONT), site(after=FRONT.replace("probe.localhost", "www.localhost"))),
    ],
    "apache-s-own-rules-see-the-proxy": [
        (
            site(before=TRUSTED, access="Require ip 192.0.2.0/24"),
            site(before=TRUSTED + "\nRemoteIPHeader X-Forwarded-For", access="Require ip 192.0.2.0/24"),
        ),
        (site(before=TRUSTED, access="Require ip 192.0.2.0/24"), site(access="Require ip 192.0.2.0/24")),
    ],
    "apache-s-own-redirects-use-http": [
        (
            site(before=TRUSTED + "\nRedirect /old /new"),
            site(before=TRUSTED + "\nRedirect /old https://probe.localhost/new"),
        ),
        (site(before=TRUSTED + "\nRedirect /old /new"), site(before="Redirect /old /new")),
    ],
    "too-many-redirects-in-apache": [
        (
            site(
                before="RewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://probe.localhost/", after=FRONT
            ),
            site(
                before="RewriteEngine On\nRewriteCond %{HTTP:X-Forwarded-Proto} !https\nRewriteRule ^ https://probe.localhost/",
                after=FRONT,
            ),
        ),
        (
            site(before=TRUSTED + "\nRewriteCond %{HTTPS} off"),
            site(before="RewriteCond %{HTTPS} off"),
        ),
    ],
    "another-virtual-host-answers": [
        (site(after=site()), site(after=site().replace("probe.localhost", "www.localhost"))),
        (site(after=site()), site(after=site().replace("*:80", "*:443"))),
    ],
    "misspelt-directive": [
        (site(before="WSGIProcesGroup a"), site(before="wsgiprocessgroup probe\nWSGILazyInitialization On"))
    ],
    "cannot-occur-within-virtualhost-section": [
        (site(before="WSGIPythonHome /srv/venv"), site(after="WSGIPythonHome /srv/venv")),
        (site(before="WSGIRestrictEmbedded On"), site(before="WSGIPassAuthorization On")),
    ],
    "not-allowed-in-directory-context": [
        (site(directory="WSGIScriptAlias /b /srv/probe/b.py"), site(before="WSGIScriptAlias /b /srv/probe/b.py")),
    ],
    "invalid-option-to-wsgi-daemon-process": [
        (site(daemon="process=5"), site(daemon="processes=5 python-path='/srv/a b' display-name=%{GROUP}")),
        (site(daemon="threads = 5"), site(daemon='home="/srv/a b" threads=5')),
    ],
    "comment-after-backslash": [
        (site(daemon="threads=5 \\  # enough\n home=/srv"), site(daemon="threads=5 \\\n home=/srv"))
    ],
    "invalid-option-to-wsgi-script-alias": [
        (site(alias="/ /srv/probe/wsgi.py threads=5"), site(alias="/ /srv/probe/wsgi.py process-group=probe")),
    ],
    "name-duplicates-previous-wsgi-daemon": [
        (site(after="WSGIDaemonProcess probe"), site(after="WSGIDaemonProcess other")),
    ],
    "process-group-not-yet-configured": [
        (
            site(alias="/ /srv/probe/wsgi.py process-group=other", after="WSGIDaemonProcess other"),
            "WSGIDaemonProcess other\n" + site(alias="/ /srv/probe/wsgi.py process-group=other"),
        ),
    ],
    "ah10410": [
        (site(before=RULE.format("^/tag/(.*)$ /s?t=$1 [PT]")), site(before=RULE.format("^/tag/(.*)$ /s?t=$1 [B,PT]"))),
        (site(before=RULE.format("^/tag/(.+)$ /s?t=$1")), site(before=RULE.format("^/tag/([0-9]+)$ /s?t=$1"))),
    ],
    "length-of-path-for-daemon-process-socket": [
        (
            site(after="WSGISocketPrefix /" + "a" * 100),
            site(after="WSGISocketPrefix /" + "a" * 70),
        )
    ],
}
TRIALS = [(id, wrong, right) for id, pairs in TEXTS.items() for wrong, right in pairs]


@pytest.mark.parametrize(("id", "wrong", "right"), TRIALS, ids=[id for id, _, _ in TRIALS])
def test_a_mistake_in_a_text_is_found_and_what_looks_like_it_is_not(id: str, wrong: str, right: str) -> None:
    assert id in found(wrong)
    assert id not in found(right)


def test_a_right_site_has_nothing_wrong() -> None:
    assert not found(site(), hints=True)


def test_every_rule_of_a_text_is_tried_here() -> None:
    hints = {one.id for one in RULES.values() if one.level == HINT}
    assert {one.id for one in RULES.values() if one.needs == "text"} - set(TEXTS) - hints == set(FILES_TOO)
    assert set(TEXTS) <= set(RULES)


#: Rules that need no file in principle, and are tried with files below.
FILES_TOO = ("require-behind-a-symbolic-link", "it-runs-embedded-behind-a-symbolic-link")


# -- With files -------------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a directory that everybody may enter, and a user who is nobody in it."""
    nobody = Account("nobody", 65534, (65534,), "/nonexistent")
    monkeypatch.setattr("doctor.served.account", lambda *_: nobody)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        (Path(folder) / "wsgi.py").touch()
        yield Path(folder)


def here(folder: Path, **parts: str) -> str:
    return site(**parts).replace("/srv/probe", str(folder))


def test_what_is_there_and_readable_is_right(machine: Path) -> None:
    assert not found(here(machine), machine)


def test_a_file_that_is_not_there_is_told(machine: Path) -> None:
    assert found(here(machine, alias="/ /srv/probe/other.py"), machine) == {"target-wsgi-script-not-found"}


def test_a_file_that_the_user_may_not_read_is_told(machine: Path) -> None:
    (machine / "wsgi.py").chmod(0o600)
    assert found(here(machine), machine) == {"permission-denied-wsgi-script"}


def test_a_directory_that_apache_may_not_enter_is_told(machine: Path) -> None:
    machine.chmod(0o700)
    assert found(here(machine), machine) == {"ah00035"}


def test_a_directory_instead_of_the_file_is_told(machine: Path) -> None:
    said = [one for one in findings(case(here(machine, alias="/ /srv/probe"), machine)) if one.rule.level != HINT]
    assert [(one.rule.id, one.instead) for one in said] == [
        ("attempt-to-invoke-directory", f"WSGIScriptAlias / {machine}/wsgi.py")
    ]


def test_another_spelling_of_the_path_is_told(machine: Path) -> None:
    link = machine / "current"
    link.symlink_to(machine)
    linked = here(machine, alias=f"/ {link}/wsgi.py")
    assert not found(linked, machine)  # the section counts for all that lies below it
    outside = Path(tempfile.mkdtemp(dir="/tmp"))
    outside.chmod(0o755)
    try:
        (outside / "current").symlink_to(machine)
        text = here(machine, alias=f"/ {outside}/current/wsgi.py")
        assert found(text, machine) == {"require-behind-a-symbolic-link"}
        opened = f"<Directory {outside}/current>\nRequire all granted\n</Directory>"
        assert found(text + opened, machine) == {"it-runs-embedded-behind-a-symbolic-link"}
        assert not found(text.replace(f"<Directory {machine}>", f"<Directory {outside}/current>"), machine)
    finally:
        (outside / "current").unlink()
        outside.rmdir()


def test_links_that_are_not_followed_are_told(machine: Path) -> None:
    static = machine / "static"
    static.mkdir(mode=0o755)
    (static / "a.css").symlink_to(machine / "wsgi.py")
    text = here(
        machine,
        before=f"Alias /static {static}",
        after=f"<Directory {static}>\nRequire all granted\nOptions SAID\n</Directory>",
    )
    assert "ah00037" in found(text.replace("SAID", "None"), machine)
    assert "ah00037" in found(text.replace("SAID", "-FollowSymLinks"), machine)
    assert "ah00037" not in found(text.replace("SAID", "+Indexes"), machine)
    assert "ah00037" not in found(text.replace("SAID", "FollowSymLinks"), machine)


@pytest.mark.parametrize(
    ("made", "id"),
    [
        ("", "no-module-named-encodings"),
        ("bin/", "python-home-is-no-virtual-environment"),
        ("venv/pyvenv.cfg", "python-home-is-no-virtual-environment"),
        ("pyvenv.cfg lib/python3.1/", ""),
    ],
)
def test_python_home_has_to_be_an_environment(machine: Path, made: str, id: str) -> None:
    home = machine / "home"
    for path in made.split():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).mkdir(exist_ok=True) if path.endswith("/") else (home / path).touch()
    assert found(here(machine, daemon=f"python-home={home}"), machine) == ({id} if id else set())


def test_an_environment_of_another_python_is_told(machine: Path) -> None:
    (machine / "home/lib/python3.1").mkdir(parents=True)
    (machine / "home/pyvenv.cfg").touch()
    module = machine / "mod_wsgi.so"
    text = here(machine, daemon=f"python-home={machine}/home", after=f"LoadModule wsgi_module {module}")
    for version, ids in (("3.2", {"virtual-environment-of-another-python"}), ("3.1", set())):
        module.write_bytes(b"\x7fELF\0libpython%s.so.1.0\0" % version.encode())
        assert found(text, machine) == ids


def test_a_home_that_is_closed_to_the_user_is_told(machine: Path) -> None:
    (machine / "home").mkdir(mode=0o700)
    assert found(here(machine, daemon=f"python-home={machine}/home"), machine) == {
        "permission-denied-unable-to-stat-python-home"
    }
    assert found(here(machine, daemon=f"home={machine}/home"), machine) == {"unable-to-change-working-directory"}
    assert found(here(machine, daemon=f"home={machine}/none"), machine) == {"unable-to-change-working-directory"}
    assert not found(here(machine, daemon=f"home={machine}"), machine)


def test_where_sockets_and_logs_are_has_to_be_there(machine: Path) -> None:
    (machine / "closed").mkdir(mode=0o700)
    assert found(here(machine, after=f"WSGISocketPrefix {machine}/none/a"), machine) == {
        "couldn-t-bind-unix-domain-socket"
    }
    assert found(here(machine, after=f"WSGISocketPrefix {machine}/closed/a"), machine) == {
        "unable-to-connect-to-wsgi-daemon-process"
    }
    assert not found(here(machine, after=f"WSGISocketPrefix {machine}/a"), machine)
    assert found(here(machine, before=f"ErrorLog {machine}/none/error.log"), machine) == {"ah02291"}
    assert not found(here(machine, before=f"ErrorLog {machine}/error.log\nErrorLog syslog:local1"), machine)


def test_a_document_root_with_a_wsgi_file_that_nothing_leads_to_is_told(machine: Path) -> None:
    root = f"<VirtualHost *:80>\nDocumentRoot {machine}\n{{}}\n</VirtualHost>"
    assert found(root.format(""), machine) == {"ah01276"}
    assert not found(root.format(f"WSGIScriptAlias / {machine}/wsgi.py") + site(), machine) & {"ah01276"}
    (machine / "index.html").touch()
    assert not found(root.format(""), machine)


def test_a_port_on_which_nothing_listens_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doctor.proxies.listening", lambda: {22, 8000})
    proxy = "Listen 8002\n<VirtualHost *:80>\nProxyPass / http://127.0.0.1:{}/\n</VirtualHost>"
    for port, ids in ((8001, {"ah00957-attempt-to-connect-to-failed"}), (8000, set()), (8002, set())):
        assert found(proxy.format(port), machine) == ids
    assert not found(proxy.format(8001).replace("127.0.0.1", "192.0.2.1"), machine)


def test_a_port_that_another_program_has_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doctor.server.listening", lambda: {80})
    pid = machine / "apache2.pid"
    assert found(f"PidFile {pid}\nListen 80", machine) == {"ah00072"}
    assert not found(f"PidFile {pid}\nListen 81", machine)
    pid.write_text(str(os.getpid()))
    assert not found(f"PidFile {pid}\nListen 80", machine)


def test_many_reloads_are_told(machine: Path) -> None:
    pid = machine / "apache2.pid"
    pid.write_text(str(os.getpid()))
    for reloads, ids in ((899, set()), (900, {"initializing-python-failed-memory-allocation-failed"})):
        (machine / f"wsgi.{os.getpid()}.{reloads}.1.sock").touch()
        (machine / f"wsgi.1.{reloads + 99}.1.sock").touch()  # of a process that is gone
        assert found(f"PidFile {pid}\nWSGISocketPrefix {machine}/wsgi", machine) == ids


def test_a_site_without_the_suffix_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doctor.server.sample", lambda _: [str(path) for path in machine.iterdir()])
    (machine / "shop.conf").touch()
    (machine / "shop").mkdir()
    assert not found("", machine)
    (machine / "probe").touch()
    assert found("", machine) == {"site-does-not-exist"}


def test_directives_in_htaccess_are_told_where_that_counts(machine: Path) -> None:
    (machine / ".htaccess").write_text("Options -Indexes\nWSGIProcessGroup probe\n")
    assert found(here(machine, directory="AllowOverride All"), machine) == {"not-allowed-here"}
    assert not found(here(machine), machine)


def test_an_access_control_list_is_left_alone(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "wsgi.py").chmod(0o640)
    monkeypatch.setattr("doctor.machine.listed", lambda _: True)
    assert not found(here(machine), machine)
    assert stat.S_IMODE((machine / "wsgi.py").stat().st_mode) == 0o640


# -- What Apache says -------------------------------------------------------------------------

SAYS = [
    ("Invalid command 'WSGIScriptAlais', perhaps misspelled or defined by a module", "misspelt-directive"),
    ("Invalid command 'WSGIScriptAlias', perhaps misspelled or defined by a module", "invalid-command"),
    ("Invalid command 'RewriteEngine', perhaps misspelled or defined by a module", "invalid-command"),
    ("WSGIDaemonProcess not allowed in <Directory> context", "not-allowed-in-directory-context"),
    ("Invalid option to WSGI daemon process definition.", "invalid-option-to-wsgi-daemon-process"),
    ("Name duplicates previous WSGI daemon definition.", "name-duplicates-previous-wsgi-daemon"),
    ("<VirtualHost> was not closed.", "was-not-closed"),
    ("Argument for 'Require all' must be 'granted' or 'denied'", "job-for-apache2-service-failed"),
]


@pytest.mark.parametrize(("said", "id"), SAYS)
def test_what_apache_refuses_is_told_with_its_place(said: str, id: str) -> None:
    (one,) = relayed(1, f"AH00526: Syntax error on line 7 of /etc/apache2/sites-enabled/a.conf:\n{said}\n")
    assert (one.rule.id, str(one.place)) == (id, "/etc/apache2/sites-enabled/a.conf:7")
    assert said in one.what


@pytest.mark.parametrize(
    ("line", "id"),
    [
        ("WSGIDaemonProcess a threads=5 \\  # b", "comment-after-backslash"),
        ("WSGIDaemonProcess a interrupt-timeout=5", "option-of-another-version"),
    ],
)
def test_causes_of_one_message_are_told_apart(tmp_path: Path, line: str, id: str) -> None:
    (tmp_path / "a.conf").write_text(line + "\n")
    said = f"Syntax error on line 1 of {tmp_path}/a.conf:\nInvalid option to WSGI daemon process definition."
    assert [one.rule.id for one in relayed(1, said)] == [id]


def test_a_warning_of_a_configuration_that_loads_is_a_hint() -> None:
    said = "AH00558: apache2: Could not reliably determine the server's fully qualified domain name\nSyntax OK\n"
    assert [(one.rule.id, one.rule.level) for one in relayed(0, said)] == [("ah00558", HINT)]


@pytest.mark.parametrize(
    "text",
    [
        "WSGIImportScript\nWSGIScriptAlias / /srv/x/wsgi.py\n",
        '<Directory /srv/x>\nOptions "" Indexes\nSetHandler wsgi-script\n</Directory>\n',
    ],
)
def test_a_directive_without_words_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.conf").write_text(text)
    assert command.main(["--text", str(tmp_path / "a.conf")]) in (0, 1)


# -- Logs -------------------------------------------------------------------------------------


def test_lines_of_a_log_are_looked_up_on_any_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, site = tmp_path / "error.log", tmp_path / "site.conf"
    log.write_text(
        "[Thu Dec 03 07:40:02 2026] [authz_core:error] [pid 1:tid 1] [client ::1:1] AH01630: client denied by server "
        "configuration: /srv/a/wsgi.py\n[Thu Dec 03 07:41:02 2026] [mpm_event:notice] AH00489: Apache/2.4.68\n"
    )
    site.write_text("Alias /static/ /srv/a/static\n")
    assert command.main(["--log", str(log)]) == 0
    said = capsys.readouterr().out
    assert f"{log}: once\n" in said and "403-and-404/ah01630.html" in said and "nothing else is wrong" in said
    assert command.main(["--log", str(log), "--text", str(site), "--json"]) == 1
    both = json.loads(capsys.readouterr().out)
    assert "alias-trailing-slash" in [one["id"] for one in both["findings"]]
    assert [one["ids"][0] for one in both["log"]] == ["ah01630"]
    site.write_text("Alias /static /srv/a/static\n")
    assert command.main(["--log", str(site)]) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    assert command.main(["--log", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"wsgi-doctor.py: {tmp_path}/none is no file that can be read\n"


def test_a_message_in_a_log_leads_to_its_page_once(tmp_path: Path) -> None:
    (tmp_path / "error.log").write_text(
        "[Thu Dec 03 03:00:00.000001 2026] AH00035: search permissions are missing on a component of the path\n"
        "[Thu Dec 03 03:00:01.000001 2026] AH00489: Apache/2.4 configured -- resuming normal operations\n"
        + "[Thu Dec 03 03:00:02.000001 2026] AH01630: client denied by server configuration: /srv/probe/wsgi.py\n" * 3
        + "[Thu Dec 03 03:00:03.000001 2026] nothing that is known\n"
    )
    (one,) = seen([str(tmp_path / "error.log"), str(tmp_path / "missing.log")])
    assert (one.pages[0], one.times) == ("ah01630", 3)


@pytest.mark.parametrize(
    ("line", "page"),
    [
        (
            "[core:error] [pid 1:tid 2] (13)Permission denied: [client ::1:4] AH00035: access to / denied "
            "(filesystem path '/home/ada/app') because search permissions are missing on a component of the path",
            "ah00035",
        ),
        (
            "[wsgi:error] ... No WSGI daemon process called 'prob' has been configured: /srv/w.py",
            "no-wsgi-daemon-process-called",
        ),
        ("[wsgi:error] Truncated or oversized response headers received from daemon process 'a': /b", "truncated-or-"),
        ("[wsgi:error] ModuleNotFoundError: No module named 'flask'", "no-module-named"),
        ("[wsgi:error] ModuleNotFoundError: No module named 'imp'", "modules-that-python-no-longer-has"),
        ("[wsgi:info] mod_wsgi (pid=1): Attach interpreter", ""),
    ],
)
def test_a_real_line_leads_to_its_page(tmp_path: Path, line: str, page: str) -> None:
    (tmp_path / "error.log").write_text(line + "\n")
    found = seen([str(tmp_path / "error.log")])
    assert [one.pages[0][: len(page)] for one in found] == ([page] if page else [])


def test_lines_count_since_the_configuration_was_read() -> None:
    assert since(["a", "AH00489: x", "b", "AH00292: y", "c"]) == ["c"]
    assert since(["a", "b"]) == ["a", "b"]


# -- The command ------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = command.main(list(arguments))
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_command_says_where_what_why_and_what_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.conf").write_text(site(daemon="maximum-requests=1k"))
    status, out, _ = run(capsys, "--text", str(tmp_path / "a.conf"))
    assert status == 1
    for said in (
        f"{tmp_path}/a.conf:3: not as meant: ",
        "maximum-requests=1k is read as 1",
        "maximum-requests=1000",
        "1 not as meant",
    ):
        assert said in out


def test_the_command_is_quiet_when_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.conf").write_text(site())
    said = f"read: {tmp_path}/a.conf, and nothing else of this machine; Apache wasn't asked\n"
    said += "nothing is wrong that can be seen from here\n"
    assert run(capsys, "--text", str(tmp_path / "a.conf"))[:2] == (0, said)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://probe.localhost/a", 0),
        ("PROBE.localhost", 0),
        ("www.localhost", 0),
        ("http://main.localhost:81/", 0),
        ("http://probe.localhost:81/", 1),
        ("http://prob.localhost/", 1),
        ("https://prob.localhost/", 0),  # no site is for this port, so it's another question
    ],
)
def test_the_site_that_answers_for_an_address_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, status: int
) -> None:
    unnamed = "ServerName main.localhost\n<VirtualHost *:81>\n</VirtualHost>"
    (tmp_path / "a.conf").write_text(site(before="ServerAlias w*.localhost", after=unnamed))
    said = run(capsys, "--text", str(tmp_path / "a.conf"), "--ask", url)
    assert (said[0], ".localhost answers for prob" in said[1]) == (status, bool(status))


@pytest.mark.parametrize(
    ("version", "status"), [("6.1", 1), ("trixie", 0), ("12", 0), ("5.0", 0)],
)  # fmt: skip
def test_what_another_version_refuses_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str, status: int
) -> None:
    (tmp_path / "a.conf").write_text(site(after="WSGILazyInitialization On"))
    assert run(capsys, "--text", str(tmp_path / "a.conf"), "--for", version)[0] == status
    (tmp_path / "a.conf").write_text(site(daemon="interrupt-timeout=5"))
    assert run(capsys, "--text", str(tmp_path / "a.conf"), "--for", version)[0] == 1 - status
    (tmp_path / "a.conf").write_text(site())
    assert run(capsys, "--text", str(tmp_path / "a.conf"), "--for", version)[0] == 0


def test_what_is_meant_is_ignored_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = site(daemon="maximum-requests=1k")
    meant = "    # wsgi-doctor: ignore the-process-restarts-after-each-request {}\n    WSGIDaemonProcess"
    for reason, status in (("a demonstration", 0), ("", 1)):
        (tmp_path / "a.conf").write_text(text.replace("    WSGIDaemonProcess", meant.format(reason)))
        assert run(capsys, "--text", str(tmp_path / "a.conf"))[0] == status


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary, deep = tmp_path / "binary.conf", tmp_path / "deep.conf"
    binary.write_text(site(), encoding="utf-16")
    deep.write_text("<IfModule mod_alias.c>\n" * 5000 + "</IfModule>\n" * 5000)
    for arguments, said in (
        (["--text", str(tmp_path / "none.conf")], "none.conf is no file"),
        (["--text", str(binary)], "this file can't be read: it is no text"),
        (["--text", str(deep)], "nested too deeply"),
        (["--explain", "nothing"], "--list has all names"),
        (["--for", "7"], "--for 7: it has to be one of 4.9, bookworm"),
    ):
        status, out, err = run(capsys, *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert said in err


def test_programs_get_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.conf").write_text(site(access=""))
    status, out, _ = run(capsys, "--text", str(tmp_path / "a.conf"), "--json")
    (one,) = json.loads(out)["findings"]
    assert (status, one["id"], one["line"], one["see"]) == (1, "ah01630", 5, "troubleshooting/403-and-404/ah01630.html")
    sarif = json.loads(run(capsys, "--text", str(tmp_path / "a.conf"), "--sarif")[1])
    (result,) = sarif["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("ah01630", "error")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ProxyPass / http://ada:secret@127.0.0.1/", "ProxyPass / http://ada:***@127.0.0.1/"),
        ("SetEnv DB_PASSWORD=secret x", "SetEnv DB_PASSWORD=*** x"),
        ("{'api_key': 'secret'}", "{'api_key': ***"),
        ("http://127.0.0.1:8000/a@b", "http://127.0.0.1:8000/a@b"),
        ("threads=5", "threads=5"),
    ],
)
def test_secrets_are_not_shown(text: str, shown: str) -> None:
    assert hidden(text) == shown


def test_fifty_thousand_lines_are_read() -> None:
    text = site(before="\n".join(f"SetEnv NAME_{number} {number}" for number in range(50_000)))
    assert not found(text)
