"""Pages of a call: staff beside the record, the patient's device check, waiting room and call."""
