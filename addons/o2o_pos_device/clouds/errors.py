"""What can go wrong with a cloud, told apart by what it means for the slip."""

#: what a person has to do something about; texts are in ``o2o.printer``
PROBLEMS = ("silent", "account", "key", "printer", "limit", "content", "refused")


class CloudError(Exception):
    """:ivar str problem: one of ``PROBLEMS``; nothing secret, for logs and people"""

    def __init__(self, problem):
        super().__init__(problem)
        self.problem = problem


class Unreached(CloudError):
    """The request never left: surely nothing is printed."""

    def __init__(self):
        super().__init__("silent")


class Unclear(CloudError):
    """The request left and no usable answer came: it may be printed all the same."""

    def __init__(self):
        super().__init__("silent")


class Refused(CloudError):
    """The cloud said no: nothing is printed."""
