"""Cron expressions: five fields, as on UNIX, in a time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter
from croniter.croniter import CroniterError

UTC = "UTC"


def check_cron(expression: str) -> str:
    """Return the expression; ``ValueError`` for one that is none, or never comes true."""
    if len(expression.split()) != 5:
        raise ValueError(
            f"{expression!r} is no cron expression: five fields are needed, such as */10 * * * *"
        )
    try:
        croniter(expression, datetime(2024, 1, 1, tzinfo=ZoneInfo(UTC))).get_next()
    except (CroniterError, ValueError, KeyError) as error:
        raise ValueError(f"{expression!r} is no cron expression: {error}") from error
    return expression


def check_zone(name: str) -> str:
    """Return the name of a time zone; ``ValueError`` for one that is unknown."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone: an IANA name is needed, such as Europe/Oslo") from error
    return name


def next_after(expression: str, at: int, zone: str = UTC) -> int:
    """Return the first time after ``at`` at which the expression is true, both in epoch milliseconds."""
    began = datetime.fromtimestamp(at / 1000, tz=ZoneInfo(zone))
    following: datetime = croniter(expression, began).get_next(datetime)
    return round(following.timestamp() * 1000)
