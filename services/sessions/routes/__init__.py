from services.sessions.routes import catalogue, current, holdings, internal, own, password, people, sign_in

# The order matters once: `/users/me/…` must be found before `/users/{user_id}/…`.
routers = (
    sign_in.router,
    current.router,
    password.router,
    own.router,
    holdings.router,
    people.router,
    catalogue.router,
    internal.router,
)
