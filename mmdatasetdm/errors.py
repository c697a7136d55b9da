"""Errors that a person's input causes."""


class UserError(ValueError):
    """A mistake of the person who runs a tool: one line that says what is wrong, where, and what to do.

    The tools catch it, print ``error: <the line>`` and exit with status 2.
    """
