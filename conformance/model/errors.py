"""The errors of the suite, by what they mean for the verdict."""


class BadInputError(Exception):
    """A file, an option or the credentials are not usable; nothing was done.

    The message says what, where, what was expected and what to do.
    """


class UnreadableError(Exception):
    """AWS could not be asked, or did not answer: nothing is known (ERROR)."""


class RefusedError(Exception):
    """The interlock did not let a request of the suite itself pass (ERROR)."""


class NotAssessedError(Exception):
    """The check could not be made here, for a reason that is no defect."""


class NotApplicableError(Exception):
    """The declaration says that there is nothing to check."""
