"""Turn a pickle of plain values, or a MATLAB file, into JSON; run as a program of its own.

A pickle can name any function to be called while it is read. Here only what plain ground truth
needs is let through: builtin containers and numbers, and how numpy puts its arrays together. The
caller sets limits of memory and time; this file imports nothing of the project.
"""

import json
import pickle
import resource
import sys
from typing import Any

_MEMORY_BYTES = 4 << 30
_SECONDS = 120
_ALLOWED = {
    ("_codecs", "encode"),
    ("__builtin__", "bytes"),  # how Python 3 writes bytes for Python 2
    ("builtins", "bytes"),
    *(
        (module, name)
        for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        for name in ("_reconstruct", "scalar")
    ),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
}


class _PlainOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle has it
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no plain value")
        return super().find_class(module, name)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return a value as JSON has it; arrays are lists, bytes are text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"it holds a {type(value).__name__}, which is no plain value")


def _main(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit is not kept, or refused
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    if path.endswith(".mat"):
        from scipy.io import loadmat

        found = {k: v for k, v in loadmat(path, simplify_cells=True).items() if k[:2] != "__"}
    else:
        with open(path, "rb") as file:  # noqa: PTH123 - nothing is imported beyond need
            found = _PlainOnly(file, encoding="latin1").load()
    json.dump(_plain(found), sys.stdout)


if __name__ == "__main__":
    try:
        _main(sys.argv[1])
    except Exception as error:  # noqa: BLE001 - whatever a damaged file raises is its fault
        sys.stderr.write(f"{type(error).__name__}: {error}")
        sys.exit(1)
