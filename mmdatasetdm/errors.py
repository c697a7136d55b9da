"""The error of a person who can mend it."""


class UserError(ValueError):
    """A person's mistake: one line that says what is wrong, where, and what to do.

    The tools print it as ``error: ...`` and exit with status 2; a traceback would only hide the message.
    """
