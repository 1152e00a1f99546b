from services.sessions.routes import (
    audit_trail,
    catalogue,
    current,
    holdings,
    internal,
    own,
    password,
    people,
    rules,
    sign_in,
)

# The order matters once: `/users/me/…` must be found before `/users/{user_id}/…`.
routers = (
    sign_in.router,
    current.router,
    password.router,
    own.router,
    holdings.router,
    people.router,
    catalogue.router,
    rules.router,
    audit_trail.router,
    internal.router,
)
