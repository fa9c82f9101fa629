"""Which parts of the file system code in a sandbox may read."""

import sys
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).parent
# What runs around and beside the code must be readable where it runs.
OURS = (_HERE / "jail", _HERE / "__init__.py", _HERE.parent / "__init__.py")

# The system's programs and libraries, with the stores of Nix and Guix; nothing of any user's.
SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/nix/store",
    "/gnu/store",
)
_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")


def interpreter_paths(python: Path | None) -> tuple[Path, ...]:
    """What the interpreter needs: its program and libraries, not what else lies beside them.

    Args:
        python: The interpreter; None is the one that runs this.
    """
    if python is None:
        prefixes = [Path(sys.prefix), Path(sys.base_prefix)]
        python = Path(sys.executable)
    else:
        prefixes = []
    hops = list(_links(python.absolute()))
    prefixes += [hop.parent.parent for hop in hops]
    parts = [prefix / part for prefix in prefixes for part in _PARTS]
    return admit([*hops, *parts])


def admit(paths: Iterable[Path]) -> tuple[Path, ...]:
    """`paths` that exist, absolute, with what links among them lead to; each once."""
    found: dict[Path, None] = {}
    for path in paths:
        for hop in _links(path.absolute()):
            if hop.exists():
                found[hop] = None
    return tuple(found)


def _links(path: Path) -> Iterable[Path]:
    """`path`, and what it leads to link by link."""
    for _ in range(40):  # the kernel's own limit on links
        yield path
        if not path.is_symlink():
            return
        path = path.parent / path.readlink()
