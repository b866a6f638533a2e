"""The lab: the machine that pages run on. It knows no page.

``engine`` drives podman or docker, ``image`` builds what a machine boots from ``images/``, ``machine`` is a running one
with its ``agent``; ``original`` and ``tree`` tell what is in an image.
"""
