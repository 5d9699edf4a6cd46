"""The one exception whose message is written for the person at the screen."""


class ExplorerError(Exception):
    """Something the person can put right.

    The message is one plain sentence that names the value, the limit and the remedy. Pages show
    it as it is, so it holds no class names, no file system internals and no traceback.
    """


class TooLateError(ExplorerError):
    """The time for one request was over before there was anything to show."""
