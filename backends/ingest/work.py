"""The steps of the work. They know nothing of progress: `read` is told of each chunk's bytes."""

import hashlib
import logging
import os
import stat
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeAlias

Read: TypeAlias = Callable[[int], None]

COMPILED = "__pycache__"
_CHUNK_BYTES = 16_384
_LARGE_BYTES = 262_144
_MOST_FILES = 200

logger = logging.getLogger(__name__)


class DigestMismatch(Exception):
    """An archive does not hold what was put into it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to work on.

    Attributes:
        name: Its path within the directory.
        path: Where it is.
        size: Its size in bytes, as the scan found it.
    """

    name: str
    path: Path
    size: int


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


def walk(directory: Path) -> list[Path]:
    """Return the paths of up to 200 files beneath a directory, in order, compiled Python left out."""
    return list(islice(_paths(directory), _MOST_FILES))


def select(directory: Path, paths: Iterable[Path], most_bytes: int) -> Iterator[SourceFile]:
    """Yield the regular ones of some files as long as they fit into a limit.

    Args:
        directory: What the files' names are relative to.
        paths: The files.
        most_bytes: The limit for all of them together; a file that would exceed it is left out.

    Raises:
        OSError: One of them has gone.
    """
    room = most_bytes
    for path in paths:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            continue
        file = SourceFile(path.relative_to(directory).as_posix(), path, status.st_size)
        if file.size <= room:
            room -= file.size
            yield file


def remark(file: SourceFile) -> None:
    """Log what is odd about a file."""
    if file.size == 0:
        logger.warning("%s is empty", file.name)
    elif file.size >= _LARGE_BYTES:
        logger.warning("%s is large", file.name, extra={"bytes": file.size})


def digest(file: Readable, read: Read) -> str:
    """Return the SHA-256 of an open file in hexadecimal digits."""
    sha = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        sha.update(chunk)
        read(len(chunk))
    return sha.hexdigest()


def hash_file(file: SourceFile, read: Read) -> str:
    """Return the SHA-256 of a file in hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    with file.path.open("rb") as opened:
        value = digest(opened, read)
    logger.debug("hashed %s", file.name, extra={"bytes": file.size, "sha256": value[:12]})
    return value


def compress(files: Iterable[SourceFile], target: Path, read: Read) -> None:
    """Write files into a new tar.gz archive.

    Raises:
        OSError: One of them cannot be read, or the archive cannot be written.
    """
    with tarfile.open(target, "w:gz", dereference=True) as archive:
        for file in files:
            with file.path.open("rb") as opened:
                member = archive.gettarinfo(arcname=file.name, fileobj=opened)
                archive.addfile(member, _Metered(opened, read))
            logger.debug("compressed %s", file.name, extra={"bytes": file.size})


def verify(files: Iterable[SourceFile], source: Path, digests: Mapping[str, str], read: Read) -> None:
    """Check that an archive holds files as they were hashed.

    Args:
        files: What it must hold.
        source: The archive.
        digests: The SHA-256 of each file by its name.
        read: Told of each chunk's bytes.

    Raises:
        DigestMismatch: It does not.
        OSError: It cannot be read.
    """
    with tarfile.open(source, "r:gz") as archive:
        for file in files:
            member = archive.extractfile(file.name)
            if member is None or digest(member, read) != digests[file.name]:
                raise DigestMismatch(f"{file.name} in {source.name} is not what was hashed")
            logger.debug("verified %s", file.name, extra={"bytes": file.size})


class _Metered:
    def __init__(self, file: Readable, read: Read) -> None:
        self._file = file
        self._read = read

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._file.read(size)
        self._read(len(chunk))
        return chunk


def _paths(directory: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if name != COMPILED)
        yield from (Path(folder, name) for name in sorted(names))
