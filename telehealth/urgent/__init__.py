"""Urgent requests: a station rings the doctors on duty; the first to accept has it while they hold on."""
