"""From a complaint to an appointment: the request, the slot, the confirmation, the slip."""
