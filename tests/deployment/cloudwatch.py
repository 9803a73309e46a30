"""What CloudWatch does with a metric filter and with an alarm, as far as the template needs it."""

import operator
import re

OPERATORS = {
    "=": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
    "GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt, "LessThanOrEqualToThreshold": operator.le,
}
# Of Lambda's concurrent executions.
QUOTA = 1000


def matches(pattern: str, line: dict) -> bool:
    """Whether a metric filter counts a log line. The pattern is `{ $.a = "text" && $.b >= 1 }`."""
    terms = pattern.removeprefix("{ ").removesuffix(" }").split(" && ")
    return all(term_matches(term, line) for term in terms)


def term_matches(term: str, line: dict) -> bool:
    field, sign, expected = re.fullmatch(r'\$\.(\w+) (\S+) (".*"|\d+)', term).groups()
    value = line.get(field)
    if expected == '"*"':
        return value is not None
    if expected.startswith('"'):
        assert sign == "="
        return value == expected.strip('"')
    return isinstance(value, (int, float)) and OPERATORS[sign](value, int(expected))


def state(alarm: dict, data: dict) -> str:
    """The state of an alarm whose metrics have these data points, the newest last. A key of `data` is
    a metric's name. A data point is None if it is missing."""
    if "Metrics" not in alarm:
        points = data[alarm["MetricName"]]
    else:
        [expression] = [entry["Expression"] for entry in alarm["Metrics"] if entry.get("ReturnData", True)]
        series = {
            entry["Id"]: data[entry["MetricStat"]["Metric"]["MetricName"]]
            for entry in alarm["Metrics"] if "MetricStat" in entry
        }
        points = [evaluated(expression, dict(zip(series, values))) for values in zip(*series.values())]
    points = points[-alarm["EvaluationPeriods"]:]
    if all(point is None for point in points):
        return {"notBreaching": "OK", "breaching": "ALARM"}.get(alarm["TreatMissingData"], "INSUFFICIENT_DATA")
    breaches = OPERATORS[alarm["ComparisonOperator"]]
    threshold, missing = alarm["Threshold"], alarm["TreatMissingData"] == "breaching"
    breaching = sum(missing if point is None else breaches(point, threshold) for point in points)
    return "ALARM" if breaching >= alarm["DatapointsToAlarm"] else "OK"


def evaluated(expression: str, values: dict):
    """The value of a metric math expression, or None if data is missing."""
    functions = {
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
        "SUM": sum,
        "MAX": max,
        "FILL": lambda value, default: default if value is None else value,
        "SERVICE_QUOTA": lambda value: QUOTA,
    }
    expression = re.sub("AND|OR", lambda word: word[0].lower(), expression)
    try:
        return eval(expression, {"__builtins__": {}}, functions | values)
    except (TypeError, ZeroDivisionError):
        return None
