"""Addresses of the screens and of what opens in them, for the tests that look at all of them and for the pictures."""

STEPS = "/ivr?tab=queues"
TODAY = {
    "overview": "/?period=30d",
    "now": "/",
    "quarter": "/?period=quarter",
    "today": "/?period=today",
    "queues": "/?tab=queues",
    "empty": "/?from=2019-01-01&to=2019-01-31",
}
NUMBERS = {
    "demand": "/demanda",
    "demand-queues": "/demanda?tab=queues",
    "service": "/servicio",
    "service-ivr": "/servicio?tab=ivr",
    "ivr": "/ivr",
    "ivr-steps": STEPS,
    "kiosk": "/?kiosk=1",
}
WORK = {
    "calls": "/llamadas",
    "calls-queues": "/llamadas?tab=queues",
    "recall": "/llamadas?tab=queues&list=recall",
    "plan": "/plan",
    "plan-staffed": "/plan?aht=240&patience=90",
    "reports": "/informes?period=last_quarter",
    "sources": "/sistema",
    "run": "/sistema?run=1",
    "rejects": "/sistema?part=rejects",
    "reconcile": "/sistema?part=reconcile",
    "quality": "/sistema?part=quality",
    "people": "/sistema?part=people",
    "person": "/sistema?part=people&person=1",
    "sessions": "/sistema?part=sessions",
    "groups": "/sistema?part=groups",
    "delivery": "/sistema?part=delivery",
    "evidence": "/sistema?part=delivery&evidence=change_fail_rate",
}
AUDIT = {"audit": "/sistema?part=audit"}  # of whoever may see it: not of those who give permissions
OFFICE = {"files": "/informes?part=files", "schedules": "/informes?part=schedules"}
RULES = {"rules": "/avisos", "rule-new": "/avisos?edit=new", "alerts": "/avisos?part=alerts"}
EMPTY = {"ivr-empty": "/ivr?from=2019-01-01&to=2019-01-31"}
ALL = {**TODAY, **NUMBERS, **WORK, **AUDIT, **OFFICE, **RULES, **EMPTY}
