"""What can go wrong between a device that waits and its line in devices.yaml."""


class OnboardingError(RuntimeError):
    """A device cannot be proposed or approved; it says why, and what to do."""


class WaitingError(OnboardingError):
    """The file of those who wait cannot be read or written."""
