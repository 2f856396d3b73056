"""The far end of a check of somebody's line: a peer of our own, in a process of its own.

`gateway` speaks with the browser, `peer` keeps the process, `program` is what runs in it, `check` and
`stream` measure there. Never in the path of a call.
"""
