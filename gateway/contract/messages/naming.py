"""Names of components: short where they can be, and the same whatever comes first.

Whatever is named brings its candidates, the preferred one first. Where several want one name, none of them gets it:
each goes on to its next candidate. So names do not depend on the order of files, methods or fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence


def unique_names(candidates: Mapping[str, tuple[str, ...]], taken: Collection[str] = ()) -> dict[str, str]:
    """A name for each thing.

    Args:
        candidates: by thing, its names from the preferred one to the longest.
        taken: names that nothing gets.
    """
    at = dict.fromkeys(candidates, 0)
    while True:
        names = {each: candidates[each][at[each]] for each in candidates}
        uses = Counter([*names.values(), *taken])
        clashing = [each for each in candidates if uses[names[each]] > 1]
        movable = [each for each in clashing if at[each] + 1 < len(candidates[each])]
        if not movable:
            return names | {each: f"{names[each]}_{number}" for number, each in enumerate(sorted(clashing), 1)}
        for each in movable:
            at[each] += 1


def struct_name(full_name: str) -> str:
    """A message's full name as msgspec takes it for a name, with nothing lost: `a.B_c` is `a_0B_1c`."""
    return full_name.replace("_", "_1").replace(".", "_0")


def full_name(struct: str) -> str:
    """The message's full name that `struct_name` made a name of."""
    return ".".join(_parts(struct))


def message_candidates(struct: str) -> tuple[str, ...]:
    """The names a message may get: its own, then with what it stands in, then its package, part by part."""
    return endings(_parts(struct))


def endings(parts: Sequence[str]) -> tuple[str, ...]:
    """The last part, the last two joined, and so on to the whole."""
    return tuple("_".join(parts[-length:]) for length in range(1, len(parts) + 1))


def _parts(struct: str) -> list[str]:
    return [part.replace("_1", "_") for part in struct.split("_0")]
