"""One line of a timeline, as several pages print it."""

from dataclasses import dataclass

from web.i18n import t


@dataclass(frozen=True)
class TimelineLine:
    """One thing that happened or is agreed; without `href` it has no page for this reader."""

    icon: str
    kind: str
    when: str
    title: str
    note: str
    status: str
    status_kind: str = ""
    href: str = ""


def example_lines() -> tuple[TimelineLine, ...]:
    """Return one invented line of each kind."""
    place = "Trạm Y tế xã Phủ Thông, BS. Trần Văn Minh"
    return (
        TimelineLine(
            "calendar-event",
            t("timeline.kinds.appointment"),
            "10:30, 30/11/2026",
            "7KQX-92MD",
            place,
            t("booking.status.booked"),
            "ok",
            "/appointments/1",
        ),
        TimelineLine(
            "message",
            t("timeline.kinds.message"),
            "10:05, 23/11/2026",
            t("timeline.templates.next_visit"),
            "Trạm Y tế xã Phủ Thông",
            t("messages.states.delivered"),
        ),
        TimelineLine(
            "stethoscope",
            t("timeline.kinds.visit"),
            "09:30, 23/11/2026",
            "M17 Thoái hóa khớp gối; I10 Tăng huyết áp",
            place,
            t("visits.states.signed"),
            "ok",
            "/visits/1",
        ),
        TimelineLine(
            "bell-ringing",
            t("timeline.kinds.urgent"),
            "21:12, 02/10/2026",
            t("timeline.priorities.urgent"),
            "Trạm Y tế xã Phủ Thông",
            t("timeline.urgent.done"),
            "",
            "/urgent/1",
        ),
    )
