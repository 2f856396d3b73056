"""Use-cases of availability: what can be booked, who is open when, the national calendar."""

from telehealth.availability.service.holidays import Imported, import_holidays
from telehealth.availability.service.hours import (
    add_exception,
    add_opening,
    add_resource,
    add_rule,
    add_service_type,
    add_weekly_hours,
    close_rule,
    ensure_resource,
)

__all__ = [
    "Imported",
    "add_exception",
    "add_opening",
    "add_resource",
    "add_rule",
    "add_service_type",
    "add_weekly_hours",
    "close_rule",
    "ensure_resource",
    "import_holidays",
]
