"""What a person can mend."""


class UserError(Exception):
    """Something that a person can mend; the message is one line, or ends with the last ones that a tool has said.

    It ends a command with that message, and without a traceback.
    """
