"""In whose name something is done at this console that takes no sign-in, such as acknowledging."""

from __future__ import annotations

import getpass
import os

from console.session.session import Session


def actor_of(session: Session) -> str:
    """Return the id of who is signed in here, else the name of the system's user.

    Ask when something is being done: it counts as a command, so that the sign-in goes on.
    """
    place = session.workplace
    if place is not None and place.is_ready and place.hands:
        place.touch()
        return place.hands
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user that the system has no name for, as in a container
        return f"uid-{os.getuid()}"
