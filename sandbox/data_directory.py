"""The data directory of the desk: a lock that admits one desk, secrets made once, and ports that stay the same."""

import fcntl
import json
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from sandbox import embedded

Value = TypeVar("Value", str, int)


class DataDirectoryError(SystemExit):
    """The data directory can't be used. As a SystemExit it ends the desk with one clear line."""


class DataDirectory:
    """A directory that is locked until this process ends. Only the owner can read its files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path / "desk.json"
        try:
            if not path.exists():
                path.mkdir(mode=0o700, parents=True)
            self._lock_file = os.open(path / "desk.lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._values: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        except OSError as error:
            raise DataDirectoryError(f"DATA_DIR {path} can't be used: {error.strerror}") from None
        except ValueError:
            raise DataDirectoryError(f"{self._file} is damaged; delete it and the desk makes new keys") from None
        self._lock()

    def secret(self, name: str) -> str:
        """Return the secret of this name. Make it at random the first time."""
        return str(self._values.get(name) or self._save(name, secrets.token_urlsafe(24)))

    def port(self, name: str) -> int:
        """Return the port of this name. Choose another one if a different program has taken that port."""
        port = self._values.get(name)
        return port if isinstance(port, int) and embedded.is_free(port) else self._save(name, embedded.free_port())

    def _save(self, name: str, value: Value) -> Value:
        self._values[name] = value
        self._write(self._file, json.dumps(self._values, indent=1))
        return value

    def write_variables(self, name: str, variables: Mapping[str, str]) -> None:
        """Write variables to the file of this name, as lines that a shell can read."""
        lines = [f"export {variable}={shlex.quote(value)}\n" for variable, value in variables.items()]
        self._write(self.path / name, "".join(lines))

    def _write(self, file: Path, text: str) -> None:
        written = file.with_suffix(".new")
        written.touch(mode=0o600)
        written.write_text(text)
        written.replace(file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock_file, 20, 0).decode() or "?"
            raise DataDirectoryError(
                f"Another desk (process {holder}) runs on {self.path}: stop it, or set DATA_DIR"
            ) from None
        os.truncate(self._lock_file, 0)
        os.pwrite(self._lock_file, str(os.getpid()).encode(), 0)
