"""Proxies in front of an application, and rules that rewrite and redirect."""

from __future__ import annotations

import re
from typing import Iterator

from doctor.findings import BROKEN, HINT, NOT_AS_MEANT, Case, Finding, look, rule
from doctor.machine import listening
from doctor.model import ALIASES, Host, listens, names
from doctor.tree import Directive

SCHEME = rule(
    "http-instead-of-https-behind-a-proxy", NOT_AS_MEANT, "The application isn't told that the visitor uses HTTPS",
    "The site in front sends X-Forwarded-Proto, and mod_wsgi believes it only from proxies that it's told of.",
)  # fmt: skip
OWN_RULES = rule(
    "apache-s-own-rules-see-the-proxy",
    NOT_AS_MEANT,
    "Require ip sees the proxy's address",
    "WSGITrustedProxies tells the application, not Apache: its own rules and logs need mod_remoteip.",
)
OWN_REDIRECTS = rule(
    "apache-s-own-redirects-use-http",
    NOT_AS_MEANT,
    "Apache's own redirects say http",
    "WSGITrustedProxies tells the application, not Apache: its own redirects take the scheme from ServerName.",
)
LOOP = rule(
    "too-many-redirects-in-apache",
    BROKEN,
    "Apache redirects to HTTPS what came by HTTPS",
    "Behind a proxy, each request reaches this site by HTTP, so HTTPS is always off.",
)
NOBODY = rule(
    "ah00957-attempt-to-connect-to-failed",
    BROKEN,
    "ProxyPass leads to a port on which nothing listens",
    "Each request is a 503.",
    "server",
)
QUERY = rule(
    "ah10410",
    NOT_AS_MEANT,
    "RewriteRule puts a part of the path into the query string",
    "Without the flag B, Apache refuses it with 403 if it has a space or another letter that needs escaping.",
)
QUESTION = rule(
    "ah10508",
    HINT,
    "RewriteRule refuses a question mark in the path",
    "A URL with %3F is a 403, because the question mark would begin a query string. Redirect has no such trap.",
)
LOCAL = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d+))?(?:/|$)")


def passes(host: Host) -> Iterator[tuple[Directive, str]]:
    """Give the directives of a site that send requests on to a port of this machine, each with the port."""
    for directive in host.directive.walk():
        if directive.key == "proxypass":
            target = directive.first if directive.inside("location") else [*directive.arguments, "", ""][1]
            local = LOCAL.match(target)
            if local:
                yield directive, local[1] or "80"


def forwards(host: Host) -> list[str]:
    """Return the local ports that a site sends requests on to."""
    return [port for _, port in passes(host)]


def told(host: Host) -> list[str]:
    """Return the headers that mod_wsgi takes from trusted proxies, in small letters."""
    proxies, headers = host.setting("wsgitrustedproxies"), host.setting("wsgitrustedproxyheaders")
    return [word.lower() for word in headers.arguments] if proxies and headers else []


@look
def scheme(case: Case) -> Iterator[Finding]:
    """Find sites that send the scheme on to another of the same server, which isn't told to believe it."""
    for front in case.model.hosts:
        sends = [
            one for one in front.own("requestheader")
            if len(one.arguments) > 2 and one.first.lower() in ("set", "add")
            and one.arguments[1].lower() == "x-forwarded-proto"
        ]  # fmt: skip
        for port in forwards(front) if sends else []:
            for back in case.model.hosts:
                mine = [one for one in case.model.applications if one.host is back]
                remote = case.model.server.setting("remoteipheader") or back.setting("remoteipheader")
                named = not front.name or back.name == front.name
                if mine and named and port in listens(back) and "x-forwarded-proto" not in told(back) and not remote:
                    yield Finding(
                        SCHEME, back.directive.place, f"the site at {front.directive.place} sends X-Forwarded-Proto",
                        "WSGITrustedProxies 127.0.0.1 and WSGITrustedProxyHeaders X-Forwarded-Proto X-Forwarded-For",
                    )  # fmt: skip


@look
def apaches_own(case: Case) -> Iterator[Finding]:
    """Look at Apache's own rules and redirects behind a proxy that only the application is told of."""
    for host in case.model.hosts:
        headers = told(host)
        remote = host.setting("remoteipheader")
        if "x-forwarded-for" in headers and remote is None:
            for directive in host.directive.walk():
                if directive.key == "require" and directive.first.lower() in ("ip", "host", "forward-dns"):
                    yield Finding(
                        OWN_RULES,
                        directive.place,
                        directive.rest,
                        "RemoteIPHeader X-Forwarded-For and RemoteIPInternalProxy",
                    )
        scheme_said = any("://" in name for name in host.names)
        secure = host.setting("sslengine")
        if "x-forwarded-proto" in headers and not scheme_said and not (secure and secure.first.lower() == "on"):
            for directive in host.own("redirect", "redirectmatch"):
                if directive.arguments and directive.arguments[-1].startswith("/"):
                    yield Finding(
                        OWN_REDIRECTS,
                        directive.place,
                        directive.rest,
                        "ServerName https://{}".format(host.name or "NAME"),
                    )


@look
def loops(case: Case) -> Iterator[Finding]:
    """Find redirects to HTTPS that the visitor of a proxy meets again."""
    hosts = case.model.hosts
    fronts = [(port, front) for front in hosts for port in forwards(front) if "443" in listens(front)]
    for host in hosts:
        behind = any(port in listens(host) and front.name == host.name for port, front in fronts)
        secure = any(names(host) & names(other) and "443" in listens(other) for other in hosts)
        alone = not secure and bool(host.own(*ALIASES)) and case.machine is not None
        if not behind and not alone and "x-forwarded-proto" not in told(host):
            continue
        for condition in host.own("rewritecond"):
            words = [word.lower() for word in condition.arguments]
            if words[:2] == ["%{https}", "off"] or words[:2] == ["%{https}", "!=on"]:
                yield Finding(
                    LOOP, condition.place, "HTTPS is always off behind the proxy",
                    "RewriteCond %{HTTP:X-Forwarded-Proto} !https, or the redirect in the proxy",
                )  # fmt: skip


@look
def nobody(case: Case) -> Iterator[Finding]:
    """Find ``ProxyPass`` to a port of this machine's on which nothing listens."""
    if case.machine is None:
        return
    ports = listening()
    own = {
        address.rsplit(":", 1)[-1]
        for one in case.model.tree.walk()
        if one.key == "listen"
        for address in one.arguments[:1]
    }
    for host in case.model.all:
        for directive, port in passes(host):
            if host is case.model.server and directive.inside("virtualhost"):
                continue
            if int(port) not in ports and port not in own and ports:
                what = f"nothing listens on port {port}"
                yield Finding(NOBODY, directive.place, what, "the port of the server behind")


@look
def rewrites(case: Case) -> Iterator[Finding]:
    """Look at what ``RewriteRule`` does with parts of a path."""
    for directive in case.model.tree.walk():
        words = directive.arguments
        if directive.key != "rewriterule" or len(words) < 2:
            continue
        flags = flag_names(words[2] if len(words) > 2 else "")
        target, _, query = words[1].partition("?")
        if not re.search(r"\$\d|%\d", words[1]) or not re.search(r"\(\.[*+]\??\)|\(\[\^", words[0]):
            continue
        if re.search(r"\$\d", query) and not {"b", "bnp", "bctls"} & flags:
            yield Finding(QUERY, directive.place, words[1], "the flag B: [{}]".format(",".join(["B", *ends(words)])))
        elif re.search(r"\$\d", target) and not {"unsafeallow3f", "f", "g"} & flags and not redirects(words[1], flags):
            yield Finding(
                QUESTION,
                directive.place,
                words[1],
                "the flag UnsafeAllow3F, if such URLs have to work and the target takes the mark as a part of the path",
            )


def flag_names(text: str) -> set[str]:
    """Return the names of a rule's flags, in small letters."""
    return {part.split("=")[0].strip().lower() for part in text.strip("[]").split(",") if part.strip()}


def redirects(target: str, flags: set[str]) -> bool:
    """Tell whether a rule sends its visitor elsewhere."""
    return "://" in target or bool({"r", "redirect", "p", "proxy"} & flags)


def ends(words: list[str]) -> list[str]:
    """Return the flags that a rule has."""
    return words[2].strip("[]").split(",") if len(words) > 2 else []
