"""The kernel's files of PWM channels, as a Raspberry Pi has them, in a folder of a test."""

from pathlib import Path


class Board:
    """One chip and its channels, all of them asked for already."""

    def __init__(self, folder: Path, device: str, channels: int) -> None:
        self.sysfs, self.tree = folder / "sys", folder / "tree"
        self.chip = self.sysfs / "pwmchip0"
        self.chip.mkdir(parents=True)
        self.tree.mkdir()
        (folder / device).mkdir()
        (self.chip / "device").symlink_to(folder / device)
        (self.chip / "export").touch()
        for channel in range(channels):
            (self.chip / f"pwm{channel}").mkdir()
            self.set(channel, period=0, duty_cycle=0, enable=0)

    def set(self, channel: int, **values: int) -> None:
        """Write a channel's files."""
        for name, value in values.items():
            (self.chip / f"pwm{channel}" / name).write_text(f"{value}\n")

    def get(self, channel: int, name: str) -> int:
        """Read one of them. In a folder, unlike in the kernel, a file that is being written is empty for a moment."""
        while not (written := (self.chip / f"pwm{channel}" / name).read_text()):
            pass
        return int(written)

    def level(self, channel: int) -> float:
        """The part of the time in which a channel that is enabled is high, in per cent."""
        assert self.get(channel, "enable") == 1
        return 100 * self.get(channel, "duty_cycle") / self.get(channel, "period")

    def overlay(self, *pins: int) -> None:
        """Give pins to PWM, as an overlay does."""
        node = self.tree / "soc" / "gpio@7e200000" / "pwm_pins"
        node.mkdir(parents=True)
        (node / "brcm,pins").write_bytes(b"".join(pin.to_bytes(4, "big") for pin in pins))


def board(folder: Path, device: str, channels: int) -> Board:
    """A Raspberry Pi whose PWM device has this name."""
    return Board(folder, device, channels)
