"""A change of a site's files that a verb makes: shown as a diff, checked as a whole site, then written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from gateway.cli.show import errors
from gateway.configuration import edit
from gateway.configuration.build import understand
from gateway.configuration.edit import Change
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.replacing import put
from gateway.configuration.site import Site
from gateway.configuration.texts import fetch_all
from gateway.lighting.plan import Problem
from gateway.onboarding.errors import OnboardingError

DEVICES = "devices.yaml"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of files of a site, not yet written: their texts before and after, by their names in the folder.

    `file` is the one in which `device` stands.
    """

    device: str
    file: str
    before: Mapping[str, str]
    after: Mapping[str, str]

    def lines(self) -> list[str]:
        """The change as a diff."""
        return [line for name in self.after for line in self._of(name)]

    def added(self) -> list[str]:
        """The lines that are new."""
        return [line[1:] for name in self.after for line in [*self._of(name)][2:] if line.startswith("+")]

    def _of(self, name: str) -> Iterator[str]:
        old, new = self.before[name].splitlines(), self.after[name].splitlines()
        return unified_diff(old, new, name, name, n=1, lineterm="")


def drafted(folder: Path, device: str, changes: list[Change]) -> Edit:
    """Make changes of sections of devices.yaml, the first that of the device, each where its section stands.

    Raises `EditError`, `OnboardingError`.
    """
    texts = fetch_all(folder)
    homes = [(change, *_home(texts, change.section)) for change in changes]
    before = {file: _text(texts, file) for _, file, _ in homes}
    after = {
        name: edit.edited(
            text,
            [Change(section, each.values, each.entries, each.remark) for each, file, section in homes if file == name],
        )
        for name, text in before.items()
    }
    return Edit(device, homes[0][1], before, after)


def checked(folder: Path, change: Edit) -> Site:
    """The site after a change that is not written yet; raise `ConfigurationError` with all that would be wrong then."""
    try:
        return understand(folder, {**fetch_all(folder), **_bytes(change.after)})
    except ConfigurationError:
        errors.print("Nothing was written: with this line the files would not be good.", markup=False)
        for line in change.lines()[2:]:
            errors.print(f"  {line}", markup=False)
        raise


def written(folder: Path, change: Edit) -> str:
    """Write a change; the ending of the files of before, which are kept.

    Raises `OnboardingError` where somebody else changed them meanwhile, or they cannot be written.
    """
    texts = fetch_all(folder)
    for name, before in change.before.items():
        if _text(texts, name) != before:
            raise OnboardingError(f"{name} was changed meanwhile by somebody else: nothing was written, try again")
    try:
        return put(folder, _bytes(change.after))
    except OSError as error:
        raise OnboardingError(f"{folder / change.file} cannot be written: {error.strerror}") from error


def _home(texts: Mapping[str, bytes | Problem], section: str) -> tuple[str, str]:
    """The file in which a section stands, and its section there; one that is included is a whole file."""
    file = DEVICES
    for _ in texts:
        inner = edit.included(_text(texts, file), section)
        if inner is None:
            return file, section
        file, section = (Path(file).parent / inner).as_posix(), ""
    raise OnboardingError(f"expected a file with {section}, found only files that include others")


def _text(texts: Mapping[str, bytes | Problem], file: str) -> str:
    data = texts.get(file, b"")
    if isinstance(data, Problem):
        raise OnboardingError(f"{file}: {data.found}")
    return data.decode()


def _bytes(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in texts.items()}
