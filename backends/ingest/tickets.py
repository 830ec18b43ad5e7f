"""What there is to do: who wants which directory worked on, and how that is going to go."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backends.ingest import work

_LEAST_BYTES = 262_144
_FAILING_EVERY = 6
_CANCELLED_EVERY = 7


@dataclass(frozen=True, slots=True)
class Owner:
    """Who wants the work done; the attributes are the contract's."""

    id: str
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work.

    Attributes:
        type: The operation's type.
        title: Its name, before that of the directory.
        archives: Whether an archive is made and verified.
    """

    type: str
    title: str
    archives: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """One piece of work.

    Attributes:
        directory: What to work on.
        kind: What to do with it.
        owner: Who wants it.
        unreadable: Whether a file that cannot be read is among the files.
        patience: Which part of the work's time, 0 to 1, the owner waits before cancelling it; None: for its end.
    """

    directory: Path
    kind: Kind
    owner: Owner
    unreadable: bool
    patience: float | None


_KINDS = (
    Kind("ingest", "Ingest of", archives=True),
    Kind("backup", "Backup of", archives=True),
    Kind("audit", "Audit of", archives=False),
)

_OWNERS = (
    Owner("u-1001", "user", "Ada Lovelace"),
    Owner("u-1002", "user", "Grace Hopper"),
    Owner("t-20", "team", "Data Platform"),
    Owner("t-21", "team", "Archive Team"),
    Owner("s-7", "service", "night-scheduler"),
)


def directories(root: Path, most_bytes: int) -> list[Path]:
    """Return the directories to choose from, in order.

    Those right beneath `root` that are worth a progress bar (256 KiB); where there are none, all that hold a file;
    where there are none either, `root` itself, if it holds one.
    """
    children = [path for path in sorted(root.iterdir()) if path.is_dir() and path.name != work.COMPILED]
    sizes = {path: _size(path, most_bytes) for path in children}
    filled = [path for path, size in sizes.items() if size > 0]
    return [path for path in filled if sizes[path] >= _LEAST_BYTES] or filled or [root] * bool(_size(root, most_bytes))


def tickets(choice: Sequence[Path], seed: int) -> Iterator[Ticket]:
    """Yield tickets for ever, the same ones for the same seed.

    One in six fails and one in seven of the others is cancelled, so both are sure to be seen.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing here is secret
    number = chance.randrange(_FAILING_EVERY * _CANCELLED_EVERY)
    while True:
        number += 1
        unreadable = number % _FAILING_EVERY == 0
        patience = chance.uniform(0.3, 0.7)
        yield Ticket(
            directory=chance.choice(choice),
            kind=chance.choice(_KINDS),
            owner=chance.choice(_OWNERS),
            unreadable=unreadable,
            patience=patience if number % _CANCELLED_EVERY == 0 and not unreadable else None,
        )


def _size(directory: Path, most_bytes: int) -> int:
    return sum(file.size for file in work.select(directory, work.walk(directory), most_bytes))
