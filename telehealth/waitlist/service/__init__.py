"""Use-cases of the wait list: joining, offering, answering, what runs out."""

from telehealth.waitlist.service.answering import accept, cancel, decline, on_appointment_booked
from telehealth.waitlist.service.joining import WaitRequest, join
from telehealth.waitlist.service.offering import offer, on_time_freed, take_back
from telehealth.waitlist.service.reading import note_list
from telehealth.waitlist.service.running_out import settle_entry

__all__ = [
    "WaitRequest",
    "accept",
    "cancel",
    "decline",
    "join",
    "note_list",
    "offer",
    "on_appointment_booked",
    "on_time_freed",
    "settle_entry",
    "take_back",
]
