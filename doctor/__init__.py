"""What a reader runs on a server of their own: it reads Apache's configuration, and tells which mistakes are in it.

It becomes one file, ``wsgi-doctor.py`` on the site (``_ext/onefile.py`` joins these modules, in the order of
``MODULES``). So a module here imports from the standard library of Python 3.8 and from modules before it, and uses no
name of theirs twice. Nothing here is imported by the rest of the project but the rules, by ``_ext`` and ``tests``.
"""

#: In the order in which they are joined: each uses only those before it.
MODULES = (
    "tree", "text", "load", "apache", "model", "access", "findings", "machine", "versions",
    "loading", "groups", "served", "opened", "there", "python", "proxies", "hosts", "refused", "server",
    "messages", "logs", "pages", "report", "command",
)  # fmt: skip
