"""What all tests share: the plug-in that runs pages."""

pytest_plugins = ["runner.pytest_plugin"]
