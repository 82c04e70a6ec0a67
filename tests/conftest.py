"""How the tests are shared out to processes."""

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Run the tests of a file in one process, which makes what they share once."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)
