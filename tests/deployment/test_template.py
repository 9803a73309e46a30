"""The template passes every check, and each check notices its mistakes."""

import pytest

from checks import CHECKS
from deployment import REMOVED, Deployment


def mistakes():
    for check, mistakes in CHECKS.items():
        for path, value in mistakes:
            shown = "removed" if value is REMOVED else "replaced" if callable(value) else value
            yield pytest.param(check, path, value, id=f"{check.__name__}: {path} = {shown}")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_template_passes(check):
    check(Deployment())


@pytest.mark.parametrize("check, path, value", list(mistakes()))
def test_a_mistake_is_noticed(check, path, value):
    deployment = Deployment()
    deployment.change(path, value)
    # The template can still be translated, so it is the check that fails.
    assert deployment.resources
    # A value that the check reads is wrong or missing.
    with pytest.raises((AssertionError, KeyError, ValueError)):
        check(deployment)


def test_every_check_has_a_mistake():
    assert all(CHECKS.values())
