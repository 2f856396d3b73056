"""A patient who is missing in a running call gets the way into it again, by text, while it is of use."""

from telehealth.calls.events import PatientRung
from telehealth.followup import service
from telehealth.links.models import PatientLink
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from tests.support.booking import at
from tests.telehealth.followup.world import Follow


def ring(follow: Follow, appointment: Appointment) -> None:
    event = PatientRung(appointment_id=appointment.id, by=follow.booking.doctors[0].ref)
    follow.do(lambda session, now: service.on_patient_rung(session, event, now))


def test_the_text_goes_out_although_the_time_has_passed(follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    follow.clock.set(at("09:40"))
    ring(follow, booked)
    follow.send()
    assert follow.messages() == [("appointment_at_station", "sent"), ("appointment_by_phone", "sent")]
    texts = [sent.text for sent in follow.gateway.taken.values()]
    assert texts[0].rpartition(" ")[2] != texts[1].rpartition(" ")[2], "a link of its own"
    assert [link.state for link in follow.rows(PatientLink)] == ["open", "open"], "the first one stays good"


def test_who_is_missing_in_a_call_that_runs_late_is_called_in_as_well(follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    follow.do(lambda s, now: scheduling.start(s, follow.booking.doctors[0], booked.id, now=now))
    follow.clock.set(at("09:55"))
    ring(follow, booked)
    follow.send()
    assert follow.messages()[-1] == ("appointment_by_phone", "sent")
    follow.do(lambda s, now: scheduling.complete(s, follow.booking.doctors[0], booked.id, now=now))
    ring(follow, booked)
    follow.send()
    assert follow.messages()[-1] == ("appointment_by_phone", "skipped"), "it is over"


def test_a_text_that_could_not_leave_in_time_calls_nobody_into_an_empty_room(follow: Follow) -> None:
    booked = follow.book()
    follow.send()
    follow.clock.set(at("09:40"))
    ring(follow, booked)
    follow.clock.set(at("10:30"))
    follow.send()
    assert follow.messages()[-1] == ("appointment_by_phone", "skipped")
