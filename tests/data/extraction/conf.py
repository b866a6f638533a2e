"""The pages of test_extraction: each block stands in another place."""

extensions = ["snippets"]
html_theme = "basic"
html_copy_source = False
highlight_language = "none"

if tags.has("slides"):  # type: ignore[name-defined]  # noqa: F821 (Sphinx defines it)
    extensions += ["sphinx_revealjs"]
