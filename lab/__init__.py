"""The lab: the machine that the pages run on, and the running of pages on it.

``engine`` drives podman or docker, ``image`` builds what a machine boots, ``machine`` is a running
one with its ``agent``; ``blocks`` does with a block what its reader would, ``page`` goes through a
page from top to bottom and ``suite`` through all pages, side by side.
"""
