"""The numbers of PostgreSQL's advisory locks, all in one place: two meanings of one number stop each other for ever.

A lock of the two-number form is a space of these and a number within it (a source, or 0). Locks by name
(`hashtext('ivr.ensure_month')`) lie in the one-number form, with the name of their schema in front.
"""

from typing import Final

MIGRATIONS: Final = 0x1AC7  # the one-number form: whoever brings schemas up to date
ROLES: Final = 0x1AC8  # the same form: whoever makes the roles of the services

SOURCE_RUNS: Final = 0x1AC71  # + a source: its one run
RECONCILIATIONS: Final = 0x1AC72  # + a source: beside its run, which it does not exclude
SCHEDULES_LEADER: Final = (0x1AC73, 0)  # the process of ivr that starts what is due
DIMENSION_CHANGES: Final = (0x1AC74, 0)  # the process of ivr that makes changes
ANALYTICS_LEADER: Final = (0x1AC75, 0)  # the process of analytics that evaluates alerts and schedules
DORA_READING: Final = (0x1AC76, 0)  # the transaction of dora that reads events into states
DORA_LEADER: Final = (0x1AC77, 0)  # the process of dora that reads what waits and looks into repositories
PEOPLE_ASK: Final = (0x1AC78, 0)  # shared, nobody takes it alone: each service that is being asked, loads give way
SOURCE_CONNECTIONS: Final = 0x1AC80  # + the number of a connection, with a source: who may read from it
SOURCE_CONNECTIONS_MAX: Final = 16  # numbers that SOURCE_CONNECTIONS may add
