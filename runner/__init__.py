"""The running of pages on the lab's machines.

``suite`` runs all pages, side by side; ``course`` does with a block what its reader would; ``results`` has what earlier
runs left; ``pytest_plugin`` makes a test of each block.
"""
