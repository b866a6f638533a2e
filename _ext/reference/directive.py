"""``.. recorded:: KIND NAME``: what the modules themselves say of a directive, an option, a mistake.

All of it comes from the record. What a config test cannot tell stands beside it on the page: what something is for,
the names of its arguments, its default, what upstream's page says, and what happens when the config test has let a
mistake through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from reference import syntax
from reference.answers import CONTEXTS, KINDS, Record, by_lab, contexts, override, taken, values
from reference.examples import example
from reference.merge import TAKEN
from reference.uses import uses
from stored import by_page

RECORD = "snippets/recorded/reference.json"
SHOWN = "reference_shown"
UPSTREAM = "https://modwsgi.readthedocs.io/en/latest/"
#: The page that has all mistakes.
MISTAKES = "reference/what-t-catches"
#: What the fields are called that say what ``apachectl -t`` did with a value.
TAKES, TAKES_AS_A_NUMBER, REFUSES = "Configuration test accepts", "Accepts as a number", "Configuration test refuses"
Inline = Sequence[nodes.Node]


class Recorded(SphinxDirective):
    """Show what was recorded of one thing."""

    required_arguments = 2
    has_content = True
    option_spec = {  # noqa: RUF012 (docutils has it so)
        "arguments": directives.unchanged_required,
        "default": directives.unchanged_required,
        "upstream": directives.unchanged_required,
        "page": directives.unchanged_required,
        "shown": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return what the page has of a directive or option, between its fields, or the item of a mistake.

        :raises docutils.parsers.rst.DirectiveError: there is no such thing, or the modules say otherwise
        """
        kind, name = self.arguments
        path = Path(self.config.reference_root, RECORD)
        self.env.note_dependency(str(path))
        try:
            self.record = Record.load(path)
        except ValueError as error:
            raise self.error(str(error)) from None
        if kind not in KINDS or not self.record.of(kind, name):
            raise self.error(f"{kind} {name}: there is no such thing in {RECORD}")
        shown(self.env).setdefault(self.env.docname, set()).add((kind, name))
        if kind == "mistake":
            return self._mistake(name)
        written = nodes.field_list("", *self._written(kind, name), classes=["tested", "recorded"])
        fields = self._directive(name) if kind == "directive" else self._option(name)
        asked = nodes.field_list("", *fields, classes=["tested", "recorded"])
        return [self._indexed(kind, name), written, *self.parse_content_to_nodes(), asked]

    # -- Directives and options --------------------------------------------------------------

    def _written(self, kind: str, name: str) -> Iterator[nodes.Node]:
        """Yield how it is written, and the field of an example.

        :raises docutils.parsers.rst.DirectiveError: the modules say otherwise
        """
        its, names = self.record.of(kind, name), self.options.get("arguments", "")
        line = syntax.of_directive if kind == "directive" else syntax.of_option
        try:
            lines = by_lab(its, lambda it: line(name, it, names))
        except ValueError as error:
            raise self.error(str(error)) from None
        yield from self._field("Syntax", [(labs, [nodes.literal("", said)]) for labs, said in lines])
        yield example(name=name)

    def _directive(self, name: str) -> Iterator[nodes.Node]:
        its = self.record.of("directive", name)
        yield from self._field("Allowed in", by_lab(its, lambda it: ", ".join(CONTEXTS[one] for one in contexts(it))))
        overrides = [(labs, [nodes.literal("", said)]) for labs, said in by_lab(its, override) if said]
        yield from self._field("Needs AllowOverride", overrides, its)
        yield from self._default()
        yield from self._versions(its)
        yield from self._tried(its, lambda it: values(name, it))
        words = by_lab(its, lambda it: it["help"])
        yield from self._field("Module says", [(labs, [_plain(said)]) for labs, said in words], its)
        yield from self._links(name, f"configuration-directives/{name}.html")

    def _option(self, name: str) -> Iterator[nodes.Node]:
        its = self.record.of("option", name)
        yield from self._default()
        yield from self._versions(its)
        yield from self._tried(its, dict, numbers=True)
        yield from self._links(name, f"configuration-directives/WSGIDaemonProcess.html#{name}")

    def _field(
        self, label: str, answers: Sequence[tuple[list[str], str | Inline]], its: Mapping[str, Any] | None = None
    ) -> Iterator[nodes.field]:
        """Yield a field: what all labs answer, or what each does, with its versions."""
        body = nodes.field_body()
        for labs, answer in answers:
            said = [nodes.Text(answer)] if isinstance(answer, str) else list(answer)
            several = len(answers) > 1 or (its is not None and len(labs) < len(its))
            before = [nodes.Text(f"{self.record.told(labs)}: ")] if several else []
            body += nodes.paragraph("", "", *before, *said)
        if answers:
            yield nodes.field("", nodes.field_name("", label), body)

    def _tried(
        self, its: Mapping[str, Any], ask: Callable[[Any], dict[str, str]], *, numbers: bool = False
    ) -> Iterator[nodes.field]:
        """Yield what ``-t`` takes, and what it refuses and how.

        :param numbers: tell numbers from what is taken for one, if there are any
        """
        accepts = by_lab(its, lambda it: [(value, _warning(said)) for value, said in ask(it).items() if taken(said)])
        refuses = by_lab(its, lambda it: [(value, said) for value, said in ask(it).items() if not taken(said)])
        whole = [any(re.fullmatch(r"-?\d+", value) for value, _ in given) and numbers for _, given in accepts]
        for label, wanted in ((TAKES, True), (TAKES_AS_A_NUMBER, False)):
            shown = [
                (labs, list(_values(it for it in given if _fits(it[0], is_number) == wanted)))
                for (labs, given), is_number in zip(accepts, whole, strict=True)
            ]
            yield from self._field(label, [(labs, said) for labs, said in shown if said], its)
        body = nodes.field_body()
        for labs, given in refuses:
            before = [nodes.Text(f"{self.record.told(labs)}: ")] if len(refuses) > 1 else []
            for message in dict.fromkeys(said for _, said in given):
                refused = list(_values((value, "") for value, said in given if said == message))
                body += nodes.paragraph("", "", *before, *refused, nodes.Text(": "), _quoted(message))
        if body.children:
            yield nodes.field("", nodes.field_name("", REFUSES), body)

    def _default(self) -> Iterator[nodes.field]:
        if "default" in self.options:
            said, _ = self.parse_inline(self.options["default"])
            source = nodes.inline("", ", from upstream’s source", classes=["recorded-elsewhere"])
            yield from self._field("Default", [(list(self.record.views), [*said, source])])

    def _versions(self, its: Mapping[str, Any]) -> Iterator[nodes.field]:
        without = self.record.told(self.record.views.keys() - its.keys())
        yield from self._field("Versions", [([*its], self.record.told(its) + (f", not {without}" if without else ""))])

    def _links(self, name: str, page: str) -> Iterator[nodes.Node]:
        yield uses(kind="used", name=name, label="Used in")
        about = [(MISTAKES, mistake, spoken(mistake)) for mistake in self.record.mistakes_about(name)]
        yield uses(kind="wrong", name=name, label="Going wrong", also=about)
        yield from self._upstream(name, self.options.get("page", page))

    def _upstream(self, name: str, page: str) -> Iterator[nodes.field]:
        """Yield a link to upstream's page, and whether what it says of the contexts is so."""
        if page == "none":
            yield from self._field("Upstream", [([*self.record.views], "has no page for it")])
            return
        said: list[nodes.Node] = [nodes.reference("", name, refuri=UPSTREAM + page)]
        if "upstream" in self.options:
            claimed = self.options["upstream"].split()
            newest = list(self.record.of("directive", name).values())[-1]
            if sorted(claimed) != sorted(contexts(newest)):
                names = ", ".join(CONTEXTS[one] for one in CONTEXTS if one in claimed)
                said.append(nodes.Text(f". It names other contexts: {names}. The module decides."))
        yield from self._field("Upstream", [([*self.record.views], said)])

    def _indexed(self, kind: str, name: str) -> nodes.Node:
        """Return the entries in the general index, which lead to the section.

        :raises docutils.parsers.rst.DirectiveError: it stands in no section
        """
        section = self.state.parent
        if not isinstance(section, nodes.section):
            raise self.error(f"{kind} {name}: give it a separate section")
        group = "WSGIDaemonProcess" if kind == "option" else "directive"
        entries = [("single", text, section["ids"][0], "", None) for text in (name, f"{group}; {name}")]
        return addnodes.index(entries=entries)

    # -- Mistakes ----------------------------------------------------------------------------

    def _mistake(self, name: str) -> list[nodes.Node]:
        its = self.record.of("mistake", name)
        answers = by_lab(its, lambda it: it["said"])
        text = next(iter(its.values()))["text"]
        body = nodes.definition()
        for labs, said in answers:
            body += nodes.paragraph("", "", *self._verdict(labs, said), classes=["tested"])
        through = [labs for labs, said in answers if taken(said)]
        if through and len(through) == len(answers) and not self.content:
            raise self.error(f"{name}: it passes the configuration test: say what happens instead")
        body += self.parse_content_to_nodes()
        if "shown" in self.options:
            texts = [line.strip() for line in self.options["shown"].split("\n") if line.strip()]
            body += uses(kind="shown", texts=texts, label="Shown in")
        term = nodes.term("", "", nodes.literal("", text), classes=["tested"], ids=[name])
        item = nodes.definition_list_item("", term, body)
        # In the index a semicolon would begin an entry below the entry.
        messages = [said.split("\n")[0] for _, said in answers if not taken(said) and ";" not in said]
        index = addnodes.index(entries=[("single", message, name, "", None) for message in messages])
        return [index, nodes.definition_list("", item, classes=["simple", "recorded-mistake"])]

    def _verdict(self, labs: Iterable[str], said: str) -> Iterator[nodes.Node]:
        versions = self.record.told(labs)
        if taken(said):
            yield nodes.strong("", TAKEN)
            warning = _warning(said)
            yield nodes.Text(f" in {versions}" + (", with a warning: " if warning else "."))
            if warning:
                yield _quoted(warning)
        else:
            yield nodes.Text(f"Refused by {versions}: ")
            yield _quoted(said)


def _warning(said: str) -> str:
    return said.removesuffix(TAKEN).strip()


def _values(given: Iterable[tuple[str, str]]) -> Iterator[nodes.Node]:
    """Yield values, with what the config test says of one besides."""
    for number, (value, warning) in enumerate(given):
        if number:
            yield nodes.Text(", ")
        yield nodes.literal("", value) if value else nodes.Text("nothing")
        if warning:
            yield nodes.Text(" (")
            yield _quoted(warning)
            yield nodes.Text(")")


def _plain(said: str) -> nodes.Node:
    return nodes.inline("", said, support_smartquotes=False)


def _quoted(said: str) -> nodes.Node:
    return nodes.emphasis("", said, support_smartquotes=False)


def _fits(value: str, is_number: bool) -> bool:
    return not is_number or re.fullmatch(r"-?\d+", value) is not None


def spoken(mistake: str) -> str:
    """Return a mistake's name in words."""
    words = mistake.replace("-", " ").capitalize()
    return words.replace("mod wsgi", "mod_wsgi").replace(" wsgi ", " WSGI ")


# -- What is shown -------------------------------------------------------------------------------


def shown(env: BuildEnvironment) -> dict[str, set[tuple[str, str]]]:
    """Return which things are shown on which page."""
    return by_page(env, SHOWN)


def missing(env: BuildEnvironment) -> list[str]:
    """Return what is recorded and shown on no page, as long as something is shown at all."""
    there = {thing for things in shown(env).values() for thing in things}
    if not there:
        return []
    record = Record.load(Path(env.config.reference_root, RECORD))
    return [f"{kind} {name}" for kind in KINDS for name in record.names(kind) if (kind, name) not in there]
