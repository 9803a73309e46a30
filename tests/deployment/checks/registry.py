"""The list of the checks, each with the mistakes that it must notice."""

# Each check with its mistakes. A mistake is a path and its wrong value: see `Deployment.change`.
CHECKS = {}


def notices(*mistakes: tuple):
    """Registers a check, and the mistakes that make it fail. A mistake is a path and a wrong value."""

    def register(check):
        CHECKS[check] = mistakes
        return check

    return register
