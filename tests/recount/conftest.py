"""The optional recount needs torch and transformers (extra ``recount``)."""

import warnings

import pytest


@pytest.fixture(autouse=True)
def _quiet():
    # Third-party imports warn about their own future; that is none of our business here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
