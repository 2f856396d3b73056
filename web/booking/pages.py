"""What the pages on the way to an appointment print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.scheduling.rules import PatientPlace
from telehealth.visits.ranges import RANGES
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.visits.people import PersonView
from web.visits.pressing import PressingView


@dataclass(frozen=True)
class VitalLine:
    """One measurement to be typed: its name, unit, last value, and how a typed one lies in its range."""

    code: str
    name: str
    unit: str
    last: str = ""
    range: str = ""
    words: str = ""
    icon: str = "circle"
    inputmode: str = "numeric"


@dataclass(frozen=True)
class SlotView:
    """A start: free ones can be tapped, taken ones say why not."""

    value: str
    time: str
    label: str
    taken: str = ""
    is_held: bool = False


@dataclass(frozen=True)
class BestView:
    """A start printed large, with its doctor."""

    value: str
    time: str
    day: str
    doctor: str
    place: str
    note: str = ""
    is_held: bool = False


@dataclass(frozen=True)
class OfferView:
    """A doctor's starts of one day; `more` are folded away."""

    doctor: str
    specialty: str
    place: str
    slots: tuple[SlotView, ...]
    more: tuple[SlotView, ...] = ()


@dataclass(frozen=True)
class DayView:
    """A day of the list; `more` doctors are not printed, `id` is where the page goes on with them."""

    id: str
    title: str
    date: str
    offers: tuple[OfferView, ...]
    more: int = 0


@dataclass(frozen=True)
class HeldView:
    """The slot that is held now, and for how long."""

    title: str
    note: str
    seconds: int
    total: int
    clock: str
    href: str


@dataclass(frozen=True)
class Notice:
    """What just happened with a slot, what is safe and what to do."""

    title: str
    text: str


@dataclass(frozen=True)
class Preview:
    """The text a patient would get, for one place they may be."""

    place: str
    text: str


@dataclass(frozen=True)
class ActView:
    """A button that posts the version it was printed for."""

    action: str
    label: str
    icon: str
    kind: str = ""


@dataclass(frozen=True)
class KnownLine:
    """Something known of a patient: what it is, its words, since when."""

    id: str
    kind: str
    text: str
    since: str


@dataclass(frozen=True, kw_only=True)
class KnownView:
    """What is known of a patient before a visit: what is carried, the history as last told, a pregnancy."""

    facts: tuple[KnownLine, ...]
    history: KnownLine | None = None
    pregnancy: str = ""

    @property
    def lines(self) -> tuple[KnownLine, ...]:
        """Everything that may no longer hold."""
        return (*self.facts, *([self.history] if self.history else ()))


EXAMPLE_PERSON = PersonView("Bàn Thị Nái", "nữ, 77 tuổi", "BN", (("Mã", "000123"),), "/patients/1")


@dataclass(frozen=True, kw_only=True)
class RequestPage(Page):
    """The request: why, history, vital signs, who is wanted."""

    template: ClassVar[str] = "booking/request.html"
    nav: ClassVar[str] = "patients"
    person: PersonView
    steps: tuple[tuple[str, str], ...]
    form: FormView
    pressure: VitalLine
    vitals: tuple[VitalLine, ...]
    pressing: PressingView | None
    ranges_note: str
    """Whose ranges values are marked by, and that nobody stands for them yet; empty where none is marked."""
    unusual: tuple[str, ...]
    priorities: tuple[Option, ...]
    kinds: tuple[Option, ...]
    specialties: tuple[Option, ...]
    tiers: tuple[Option, ...]
    signs: tuple[Option, ...]
    known: KnownView | None = None

    @classmethod
    def example(cls) -> Self:
        """Return a request with a value out of range and a missing reason."""
        low = t("visits.levels.urgent_low")
        form = filled({"id": "0190", "systolic": 158, "diastolic": 94, "spo2": 89, "specialty": "cardiology"})
        return cls(
            person=EXAMPLE_PERSON,
            steps=steps(),
            form=form.with_error("reason", t("forms.missing")),
            pressure=VitalLine(
                "systolic",
                t("visits.vitals.pressure"),
                "mmHg",
                "Lần trước 146/88, 09/11/2026",
                "soon",
                t("visits.levels.soon_high"),
                "alert-circle",
            ),
            vitals=(
                VitalLine("pulse", t("visits.vitals.pulse"), "/phút", "Lần trước 86, 09/11/2026"),
                VitalLine("spo2", "SpO₂", "%", "Lần trước 95, 09/11/2026", "urgent", low, "alert-triangle"),
                VitalLine("temperature", t("visits.vitals.temperature"), "°C", inputmode="decimal"),
            ),
            pressing=PressingView.example(),
            ranges_note=t("cases.range_source", version=RANGES.version),
            unusual=(t("visits.vitals.spo2"),),
            priorities=(
                Option("routine", t("booking.priority.routine"), t("booking.priority_hint.routine")),
                Option("urgent", t("booking.priority.urgent"), t("booking.priority_hint.urgent")),
            ),
            kinds=kind_options(),
            specialties=(Option("cardiology", "Nội tim mạch"),),
            tiers=(Option("regional", "Khu vực"), Option("province", "Tỉnh")),
            signs=(Option("breathing", t("urgent.sign.breathing")),),
            known=_example_known(),
        )


def _example_known() -> KnownView:
    since = t("background.since", date="09/11/2026")
    return KnownView(
        facts=(
            KnownLine("0193", t("background.kinds.allergy"), "Penicillin", since),
            KnownLine("0194", t("background.kinds.problem"), "Tăng huyết áp", since),
            KnownLine("0195", t("background.kinds.medicine"), "Amlodipin 5 mg, sáng 1 viên", since),
        ),
        history=KnownLine(
            "0196", t("visits.sections.history"), "Khó thở khi gắng sức từ đầu tháng Mười.", since
        ),
    )


@dataclass(frozen=True, kw_only=True)
class SlotsPage(Page):
    """The slots of every doctor who qualifies: the earliest large, then by day and doctor."""

    template: ClassVar[str] = "booking/slots.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"slots": "slots"}
    title: str
    lead: str
    foot: Notice
    person: PersonView
    priority: str
    is_soon: bool
    back: str
    address: str
    steps: tuple[tuple[str, str], ...]
    filter: FormView
    specialties: tuple[Option, ...]
    tiers: tuple[Option, ...]
    doctors: tuple[Option, ...]
    pools: tuple[Option, ...]
    languages: tuple[Option, ...]
    services: tuple[Option, ...]
    parts: tuple[Option, ...]
    action: str
    hidden: tuple[tuple[str, str], ...]
    best: tuple[BestView, ...]
    days: tuple[DayView, ...]
    more: str
    later: str
    wait: str
    why: str
    beyond: str = ""
    hold: HeldView | None = None
    notice: Notice | None = None
    pressing: PressingView | None = None
    unrecorded: str

    @classmethod
    def example(cls) -> Self:
        """Return the list just after somebody else took the slot that was tapped."""
        free = SlotView("1-a", "10:50", "BS. Lường Thu Hà")
        held = SlotView("1-b", "11:10", "BS. Hà Văn Toản", is_held=True)
        taken = SlotView("1-c", "10:30", "BS. Hà Văn Toản", t("booking.standing.taken"))
        place = "Tim mạch, BV tỉnh"
        return cls(
            title=t("booking.slots.title"),
            lead="",
            foot=Notice(t("booking.hold.none"), t("booking.hold.none_text")),
            person=EXAMPLE_PERSON,
            priority=t("booking.priority.urgent"),
            is_soon=True,
            back="/patients/1",
            address="/visits/1/slots",
            steps=steps(),
            filter=filled({"day": "23/11/2026", "tier": ("province",)}),
            specialties=(Option("cardiology", "Nội tim mạch"),),
            tiers=(Option("regional", "Khu vực"), Option("province", "Tỉnh")),
            doctors=(Option("b", "BS. Hà Văn Toản"),),
            pools=(Option("p", "Nội – tim mạch, BV tỉnh"),),
            languages=(Option("tay", "Tiếng Tày"),),
            services=(Option("hoi_chan", t("booking.service.hoi_chan")),),
            parts=part_options(),
            action="/visits/1/hold",
            unrecorded=t("booking.slots.unrecorded"),
            hidden=(("tier", "province"),),
            best=(
                BestView("1-d", "10:50", "hôm nay", "BS. Lường Thu Hà", "Nội, khu vực Bạch Thông", "20 phút"),
                BestView("1-e", "11:10", "hôm nay", "BS. Hà Văn Toản", place, "20 phút", is_held=True),
            ),
            days=(
                DayView(
                    "day-2026-11-23",
                    "Hôm nay",
                    "Thứ Hai, 23/11/2026",
                    (OfferView("BS. Hà Văn Toản", "Tim mạch, Tỉnh", "BV tỉnh", (taken, held), (free,)),),
                    more=12,
                ),
            ),
            more="/visits/1/slots?narrowed=AbD",
            later="/visits/1/slots?narrowed=AbC",
            wait="/visits/1/waitlist",
            why="/visits/1/why?narrowed=AbC",
            beyond="/visits/1/override",
            hold=HeldView("11:10 hôm nay, BS. Hà Văn Toản", "Khám từ xa", 252, 300, "04:12", "#"),
            notice=Notice("10:30 vừa có nơi khác đặt.", t("booking.notice.kept")),
            pressing=PressingView.example(),
        )


@dataclass(frozen=True, kw_only=True)
class ConfirmPage(Page):
    """The held slot, where the patient will be, and what they will be told."""

    template: ClassVar[str] = "booking/confirm.html"
    nav: ClassVar[str] = "patients"
    person: PersonView
    steps: tuple[tuple[str, str], ...]
    back: str
    time: str
    day: str
    rows: tuple[tuple[str, str], ...]
    seconds: int
    total: int
    clock: str
    form: FormView
    places: tuple[Option, ...]
    contact: str
    previews: tuple[Preview, ...]
    address: str
    release: str
    version: int
    pressing: PressingView | None

    @classmethod
    def example(cls) -> Self:
        """Return a held slot with four minutes left."""
        return cls(
            person=EXAMPLE_PERSON,
            steps=steps(),
            back="/visits/1/slots",
            time="10:50",
            day="hôm nay, Thứ Hai, 23/11/2026",
            rows=(
                (t("booking.rows.doctor"), "BS. Lường Thu Hà"),
                (t("booking.rows.kind"), t("visits.kinds.remote_exam")),
            ),
            seconds=252,
            total=300,
            clock="04:12",
            form=filled({"patient_place": "station"}),
            places=place_options(),
            contact=t("booking.contact.goes_to", phone="0868 ••• 456", whose="con gái"),
            previews=(
                Preview(t("booking.place.station"), "TYT: Lich kham 10:50 ngay 23/11 tai TYT Phu Thong."),
            ),
            address="/appointments/1/confirm",
            release="/appointments/1/release",
            version=1,
            pressing=PressingView.example(),
        )


def steps() -> tuple[tuple[str, str], ...]:
    """Return the three steps to an appointment."""
    return (
        (t("booking.steps.request"), t("booking.steps.request_note")),
        (t("booking.steps.slot"), t("booking.steps.slot_note")),
        (t("booking.steps.confirm"), t("booking.steps.confirm_note")),
    )


def kind_options() -> tuple[Option, ...]:
    """Return the two legally different kinds of consultation, explained."""
    kinds = ("remote_exam", "facility_support")
    return tuple(Option(each, t(f"visits.kinds.{each}"), t(f"booking.kind_hint.{each}")) for each in kinds)


def part_options() -> tuple[Option, ...]:
    """Return the halves of the day."""
    return (Option("morning", t("booking.part.morning")), Option("afternoon", t("booking.part.afternoon")))


def place_options() -> tuple[Option, ...]:
    """Return where a patient may be."""
    icons = {PatientPlace.STATION: "map-pin", PatientPlace.HOME: "device-mobile"}
    return tuple(
        Option(each, t(f"booking.place.{each}"), t(f"booking.place_hint.{each}"), icons[each])
        for each in PatientPlace
    )
