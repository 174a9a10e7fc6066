"""What the desk keeps under DATA_DIR: one desk at a time, keys made once, ports once found."""

import fcntl
import json
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from sandbox import embedded

Kept = TypeVar("Kept", str, int)


class DrawerError(SystemExit):
    """The data directory can't be used; as a SystemExit it ends the desk with one clear line."""


class Drawer:
    """A data directory, held by this process until it ends. Files in it are readable by their owner only."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file = directory / "desk.json"
        try:
            if not directory.exists():
                directory.mkdir(mode=0o700, parents=True)
            self._lock = os.open(directory / "desk.lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._kept: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        except OSError as error:
            raise DrawerError(f"DATA_DIR {directory} can't be used: {error.strerror}") from None
        except ValueError:
            raise DrawerError(f"{self._file} is damaged; delete it and the desk makes new keys") from None
        self._hold()

    def secret(self, name: str) -> str:
        """Return the secret of this name, made at random the first time."""
        return str(self._kept.get(name) or self._keep(name, secrets.token_urlsafe(24)))

    def port(self, name: str) -> int:
        """Return the port of this name, found once; another one when somebody else took it meanwhile."""
        kept = self._kept.get(name)
        return kept if isinstance(kept, int) and embedded.is_free(kept) else self._keep(name, embedded.free_port())

    def _keep(self, name: str, value: Kept) -> Kept:
        self._kept[name] = value
        self._write(self._file, json.dumps(self._kept, indent=1))
        return value

    def write(self, name: str, variables: Mapping[str, str]) -> None:
        """Write variables into a file of this name that a shell can read."""
        lines = [f"export {variable}={shlex.quote(value)}\n" for variable, value in variables.items()]
        self._write(self.directory / name, "".join(lines))

    def _write(self, file: Path, text: str) -> None:
        written = file.with_suffix(".new")
        written.touch(mode=0o600)
        written.write_text(text)
        written.replace(file)

    def _hold(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 20, 0).decode() or "?"
            raise DrawerError(
                f"Another desk (process {holder}) runs on {self.directory}: stop it, or set DATA_DIR"
            ) from None
        os.truncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)
