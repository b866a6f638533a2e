"""One browser for deck and site: Chromium, with no network."""

import pytest

from lab.chromium import NoChromiumError, launch


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    try:
        return {**browser_type_launch_args, **launch()}
    except NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 720}, "offline": True}
