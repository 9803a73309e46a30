"""The checks of the template. A check raises an exception if it fails.

Each check lists mistakes that it must notice. `test_template.py` makes every one of them."""

from checks import (
    alarms, dashboard, domain, functions, logs, permissions, references, responses, routes, stage, tables
)
from checks.registry import CHECKS
