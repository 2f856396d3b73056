"""Use-cases of visits: opening, writing, signing, reading."""

from telehealth.visits.service.arrange import (
    Described,
    describe_attachment,
    move_attachment,
    open_picture,
    restore_attachment,
    withdraw_attachment,
)
from telehealth.visits.service.attach import (
    Attaching,
    announce_upload,
    attach,
    discard_undone,
    find_attached,
    refuse_upload,
    take_upload,
)
from telehealth.visits.service.codes import (
    ImportedCodes,
    decide_use,
    import_codes,
    review_codes,
    use_list,
)
from telehealth.visits.service.convert import can_support, convert_to_support
from telehealth.visits.service.copying import withdraw_copy
from telehealth.visits.service.measuring import check_group, measure_group
from telehealth.visits.service.open import (
    VisitRequest,
    assign_doctor,
    note_modality,
    on_absence_taken_back,
    on_appointment_booked,
    on_appointment_cancelled,
    on_appointment_held,
    on_appointment_moved,
    open_like,
    open_visit,
    withdraw,
)
from telehealth.visits.service.ranges import (
    approve_ranges,
    find_approval,
    list_approvals,
    withdraw_approval,
)
from telehealth.visits.service.read import read_list, read_part, read_visit
from telehealth.visits.service.reference import load_reference
from telehealth.visits.service.sign import amend, draft_record, missing_parts, sign
from telehealth.visits.service.write import (
    as_diagnosis,
    keep_result,
    measure,
    plan_follow_up,
    set_diagnoses,
    write_section,
)

__all__ = [
    "Attaching",
    "Described",
    "ImportedCodes",
    "VisitRequest",
    "amend",
    "announce_upload",
    "approve_ranges",
    "as_diagnosis",
    "assign_doctor",
    "attach",
    "can_support",
    "check_group",
    "convert_to_support",
    "decide_use",
    "describe_attachment",
    "discard_undone",
    "draft_record",
    "find_approval",
    "find_attached",
    "import_codes",
    "keep_result",
    "list_approvals",
    "load_reference",
    "measure",
    "measure_group",
    "missing_parts",
    "move_attachment",
    "note_modality",
    "on_absence_taken_back",
    "on_appointment_booked",
    "on_appointment_cancelled",
    "on_appointment_held",
    "on_appointment_moved",
    "open_like",
    "open_picture",
    "open_visit",
    "plan_follow_up",
    "read_list",
    "read_part",
    "read_visit",
    "refuse_upload",
    "restore_attachment",
    "review_codes",
    "set_diagnoses",
    "sign",
    "take_upload",
    "use_list",
    "withdraw",
    "withdraw_approval",
    "withdraw_attachment",
    "withdraw_copy",
    "write_section",
]
