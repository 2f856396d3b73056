"""Requests that wait to be accepted: by the doctor who is asked, or a coordinator of that house."""
