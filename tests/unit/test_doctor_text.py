"""The doctor reads a configuration's text as Apache does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.load import Loader, dumped
from doctor.text import logical, read
from doctor.tree import Directive, Place, options, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", ["a", "b"]),
        ("  a\tb  ", ["a", "b"]),
        ('"a b" c', ["a b", "c"]),
        ("'a b'", ["a b"]),
        (r'"a \"b\" c"', ['a "b" c']),
        (r'"a\\b"', [r"a\b"]),
        (r'"a\b"', [r"a\b"]),
        (r"\"a b", [r"\"a", "b"]),
        ('a"b c"', ['a"b', 'c"']),
        ('""', [""]),
        ('"a', ["a"]),
        ("", []),
    ],
)
def test_words_are_split_as_apache_splits_them(text: str, said: list[str]) -> None:
    assert words(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("probe threads=5 home=/srv", {"threads": "5", "home": "/srv"}),
        ('probe python-path="/srv/a b:/srv/c" threads=5', {"python-path": "/srv/a b:/srv/c", "threads": "5"}),
        ("probe process-group='probe'", {"process-group": "probe"}),
        ("probe display-name=%{GROUP}", {"display-name": "%{GROUP}"}),
        ("probe threads = 5 home=/srv", {"home": "/srv"}),
        ("probe threads= home=/srv", {"threads": "", "home": "/srv"}),
        ("probe a=b=c", {"a": "b=c"}),
        ("probe", {}),
        ("", {}),
    ],
)
def test_options_are_read_as_mod_wsgi_reads_them(text: str, said: dict[str, str]) -> None:
    assert options(text, 1) == said


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A b\nC d\n", [(1, "A b"), (2, "C d")]),
        ("A b \\\n  c\nD", [(2, "A b   c"), (3, "D")]),
        ("# a comment \\\nA b\nC d", [(2, "# a comment A b"), (3, "C d")]),
        ("A b\r\nC \\\r\nd\r\n", [(1, "A b"), (3, "C d")]),
        ("A # no comment", [(1, "A # no comment")]),
        ("\n\n  \n", []),
        ("A \\", [(1, "A")]),
    ],
)
def test_lines_are_joined_as_apache_joins_them(text: str, lines: list[tuple[int, str]]) -> None:
    assert list(logical(text)) == lines


def test_sections_are_nested_and_named_in_any_case() -> None:
    problems: list[tuple[Place, str]] = []
    tree = read(
        "<virtualhost *:80>\n<DIRECTORY '/a b'>\nRequire all granted\n</directory>\n</VirtualHost>", "f", problems
    )
    (host,) = tree.children
    (folder,) = host.children
    assert (host.key, folder.key, folder.first, folder.children[0].place.line) == (
        "virtualhost",
        "directory",
        "/a b",
        3,
    )
    assert not problems


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("<VirtualHost *>\nA b", 1, "<VirtualHost> was not closed"),
        ("<A>\n<B>\n</A>", 3, "Expected </B> but saw </A>"),
        ("A\n</B>", 2, "</B> without an opening <B>"),
    ],
)
def test_a_section_that_is_not_closed_is_told(text: str, line: int, said: str) -> None:
    problems: list[tuple[Place, str]] = []
    read(text, "f", problems)
    assert [(place.line, what) for place, what in problems] == [(line, said)]


WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="<>#\"'\\"), min_size=1, max_size=9
)
NAMES = st.from_regex(r"[A-Z][a-z]{0,9}", fullmatch=True)
LEAVES: st.SearchStrategy[tuple[str, list[str], list[object]]] = st.tuples(
    NAMES, st.lists(WORD, min_size=1, max_size=3), st.just([])
)
TREES = st.recursive(
    st.lists(LEAVES, max_size=4),
    lambda inner: st.lists(
        st.one_of(LEAVES, st.tuples(NAMES, st.lists(WORD, min_size=1, max_size=2), inner)), max_size=4
    ),
    max_leaves=20,
)


def written(tree: list[tuple[str, list[str], list[object]]], between: str = " ") -> str:
    lines = []
    for name, arguments, children in tree:
        said = between.join([name, *arguments])
        lines += [f"<{said}>", written(children, between), f"</{name}>"] if children else [said]  # type: ignore[arg-type]
    return "\n".join(lines)


def taken(tree: Directive) -> list[tuple[str, list[str], list[object]]]:
    return [(one.name, one.arguments, taken(one)) for one in tree.children]  # type: ignore[misc]


@given(TREES, st.sampled_from([" ", "\t", " \\\n "]))
def test_what_is_written_is_read(tree: list[tuple[str, list[str], list[object]]], between: str) -> None:
    assert taken(read(written(tree, between), "f")) == tree


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read(text, "f").same(read(text, "f"))


def loaded(text: str, **more: object) -> list[str]:
    loader = Loader(**more)  # type: ignore[arg-type]
    loader.text(text, "f")
    return [f"{one.name} {one.rest}" for one in loader.loaded.tree.walk() if not one.section]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<IfModule wsgi_module>\nA b\n</IfModule>", ["A b"]),
        ("<IfModule mod_wsgi.c>\nA b\n</IfModule>", ["A b"]),
        ("<IfModule !wsgi_module>\nA b\n</IfModule>", []),
        ("<IfModule mod_php.c>\nA b\n</IfModule>", []),
        ("Define HERE /srv\n<IfDefine HERE>\nA ${HERE}/b\n</IfDefine>", ["Define HERE /srv", "A /srv/b"]),
        ("<IfDefine NOT>\nA b\n</IfDefine>\nA ${NOT}", ["A ${NOT}"]),
        ("<IfVersion >= 2.4>\nA b\n</IfVersion>", ["A b"]),
        ("<IfVersion < 2.4.66>\nA b\n</IfVersion>", ["A b"]),
        ("<IfVersion >= 2.4.66>\nA b\n</IfVersion>", []),
        ("<IfVersion = 2.4>\nA b\n</IfVersion>", ["A b"]),
        ("<IfVersion !< 2.4>\nA b\n</IfVersion>", ["A b"]),
        ("<IfVersion x>\nA b\n</IfVersion>", []),
    ],
)
def test_conditions_are_decided(text: str, left: list[str]) -> None:
    assert loaded(text, modules=["wsgi_module", "mod_wsgi.c"], version=(2, 4, 65)) == left


def test_includes_are_followed_in_order_and_a_cycle_ends(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    for name in ("b.conf", "a.conf", "c.txt"):
        (tmp_path / "sites" / name).write_text(f"A {name}\n")
    (tmp_path / "main.conf").write_text(
        "Include sites/*.conf\nIncludeOptional none/*.conf\nInclude main.conf\nInclude\n"
    )
    loader = Loader(base=str(tmp_path))
    loader.file(str(tmp_path / "main.conf"))
    assert [one.rest for one in loader.loaded.tree.children][:2] == ["a.conf", "b.conf"]
    assert [what for _, what in loader.loaded.left_out] == ["this file was left out: it includes itself"]
    assert [Path(path).name for path in loader.loaded.files] == ["main.conf", "a.conf", "b.conf"]


def test_what_is_no_text_is_read_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(1, 256)) * 10)
    (tmp_path / "utf-16").write_text("ServerName a", encoding="utf-16")
    loader = Loader(base=str(tmp_path))
    loader.file(str(tmp_path / "binary"))
    loader.file(str(tmp_path / "utf-16"))
    loader.file(str(tmp_path / "missing"))
    loader.file(str(tmp_path))
    assert [what[:25] for _, what in loader.loaded.left_out if "file" in what] == ["this file can't be read: "] * 3


def test_a_dump_is_a_tree_with_places() -> None:
    said = """# In file: /a.conf
#   7:
User www-data
# In file: /b.conf
#   1:
<VirtualHost *:80>
  #   2:
  A "b c"
</VirtualHost>
#   9:
B
"""
    tree = dumped(said)
    host = tree.children[1]
    assert [str(one.place) for one in tree.walk()] == ["/a.conf:7", "/b.conf:1", "/b.conf:2", "/b.conf:9"]
    assert (host.children[0].arguments, tree.children[2].name) == (["b c"], "B")
