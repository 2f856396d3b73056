"""Tests of slots, holds, appointments and the guard beneath them."""
