"""Use-cases of check questions: set, asked, answered, rung, phoned, visited."""

from telehealth.checks.service.alarming import raise_alarm, take_alarm, tick_alarm
from telehealth.checks.service.answering import Photos, answer, judge_round, require_open
from telehealth.checks.service.asking import on_message_undelivered, tick
from telehealth.checks.service.calling import Said, read_round, record_outcome, see_round
from telehealth.checks.service.ceasing import on_patient_died
from telehealth.checks.service.missing import on_absence_taken_back, on_appointment_missed
from telehealth.checks.service.picturing import Size, open_photo
from telehealth.checks.service.reading import note_list
from telehealth.checks.service.setting import Wanted, change_days, set_checks, withdraw_checks
from telehealth.checks.service.sheets import approve_version, load_questionnaires, save_version
from telehealth.checks.service.telling import RoundAbove

__all__ = [
    "Photos",
    "RoundAbove",
    "Said",
    "Size",
    "Wanted",
    "answer",
    "approve_version",
    "change_days",
    "judge_round",
    "load_questionnaires",
    "note_list",
    "on_absence_taken_back",
    "on_appointment_missed",
    "on_message_undelivered",
    "on_patient_died",
    "open_photo",
    "raise_alarm",
    "read_round",
    "record_outcome",
    "require_open",
    "save_version",
    "see_round",
    "set_checks",
    "take_alarm",
    "tick",
    "tick_alarm",
    "withdraw_checks",
]
