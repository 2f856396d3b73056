"""Use-cases of availability: what can be booked, who is open when, the national calendar."""

from telehealth.availability.service.changing import (
    AddException,
    AddHours,
    CloseHours,
    HoursChange,
    NewWeek,
    SetSeats,
    SetTerms,
    Target,
    WithdrawException,
    apply_change,
    change_hours,
    week_version,
)
from telehealth.availability.service.holidays import (
    Imported,
    apply_holidays,
    apply_national_day,
    import_holidays,
    set_national_day,
)
from telehealth.availability.service.hours import (
    add_exception,
    add_opening,
    add_resource,
    add_rule,
    add_service_type,
    add_weekly_hours,
    ensure_resource,
    ensure_service_type,
    on_membership_begun,
)
from telehealth.availability.service.reminders import set_reminders
from telehealth.availability.service.terms import set_terms

__all__ = [
    "AddException",
    "AddHours",
    "CloseHours",
    "HoursChange",
    "Imported",
    "NewWeek",
    "SetSeats",
    "SetTerms",
    "Target",
    "WithdrawException",
    "add_exception",
    "add_opening",
    "add_resource",
    "add_rule",
    "add_service_type",
    "add_weekly_hours",
    "apply_change",
    "apply_holidays",
    "apply_national_day",
    "change_hours",
    "ensure_resource",
    "ensure_service_type",
    "import_holidays",
    "on_membership_begun",
    "set_national_day",
    "set_reminders",
    "set_terms",
    "week_version",
]
