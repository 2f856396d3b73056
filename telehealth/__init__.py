"""The domain of Telehealth xã: what is booked, who may, what is recorded, what is sent."""
