"""The error of a person who can mend it."""

_NAME = 'mmdatasetdm.errors.UserError: '


class UserError(ValueError):
    """A person's mistake: one line that says what is wrong, where, and what to do.

    The tools print it as ``error: ...`` and exit with status 2; a traceback would only hide the message.
    """

    def __init__(self, message: object = '') -> None:
        # torch raises the error of a data loader's worker again with that worker's whole traceback as its message
        _, name, line = str(message).rpartition(_NAME)
        super().__init__(line.strip() if name else message)
