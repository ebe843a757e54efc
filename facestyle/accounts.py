"""Who may sign in where a gallery is shared, and who of them may change it.

One JSON file, readable by its owner only, holds names, roles and what Scrypt (RFC 7914) makes of the passwords.
"""

from __future__ import annotations

import base64
import hmac
import os
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from facestyle import files
from facestyle.errors import AccountsError, shown

LEAST_PASSWORD: Final = 8
"""Characters."""
MOST_CHARACTERS: Final = 64
"""Of a name; a password may have a thousand."""

_SALT_BYTES, _HASH_BYTES = 16, 32
_COST, _BLOCK, _PARALLEL = 2**15, 8, 3
"""32 MiB and some tenths of a second for each guess (OWASP Password Storage Cheat Sheet, section on scrypt)."""


def _decodes(text: str) -> str:
    base64.b64decode(text, validate=True)  # its error is a ValueError
    return text


_Bytes = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_decodes)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Strict):
    name: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
    admin: bool
    salt: _Bytes
    password: _Bytes


class _File(_Strict):
    format: Literal["facestyle accounts"]
    version: Literal[1]
    accounts: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        name: What the person signs in with.
        admin: Whether the person may change the shared gallery.
    """

    name: str
    admin: bool


class Accounts:
    """The accounts of one file; read anew whenever the file has changed, so that nobody need restart the app.

    Args:
        path: The file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        self._lock = threading.Lock()
        self._guessing = threading.Lock()
        self._read: tuple[tuple[int, int, int], dict[str, _Entry]] | None = None

    def list(self) -> tuple[Account, ...]:
        """Everybody who may sign in, by name.

        Raises:
            AccountsError: The file is missing, unreadable or damaged.
        """
        return tuple(Account(entry.name, entry.admin) for _, entry in sorted(self._entries().items()))

    def find(self, name: str | None) -> Account | None:
        """The account of that name, if there is one.

        Raises:
            AccountsError: The file is missing, unreadable or damaged.
        """
        entry = self._entries().get(name or "")
        return None if entry is None else Account(entry.name, entry.admin)

    def check(self, name: str, password: str) -> Account | None:
        """The account, if that is its password. One guess at a time: each takes memory, and nobody should be quick.

        Raises:
            AccountsError: The file is missing, unreadable or damaged.
        """
        entry = self._entries().get(name)
        with self._guessing:
            # without an account the same work is done, so that the time does not tell which names there are
            salt = b"\0" * _SALT_BYTES if entry is None else base64.b64decode(entry.salt)
            made = _hash(password[:1000], salt)
        if entry is None or not hmac.compare_digest(made, base64.b64decode(entry.password)):
            return None
        return Account(entry.name, entry.admin)

    def put(self, name: str, password: str, *, admin: bool) -> Account:
        """Makes an account, or gives it another password and role. The file is made if there is none.

        Raises:
            AccountsError: The name cannot be one, the password is too short, or the file cannot be read or written.
        """
        if not 1 <= len(name) <= MOST_CHARACTERS or not name.isprintable() or name != name.strip():
            raise AccountsError(f"The name of an account must be 1 to {MOST_CHARACTERS} printable characters.")
        if not LEAST_PASSWORD <= len(password) <= 1000:
            raise AccountsError(f"The password is too short or too long: use {LEAST_PASSWORD} to 1,000 characters.")
        salt = os.urandom(_SALT_BYTES)
        entry = _Entry(name=name, admin=admin, salt=_text(salt), password=_text(_hash(password, salt)))
        entries = self._entries() if self.path.exists() else {}
        self._write({**entries, name: entry})
        return Account(name, admin)

    def remove(self, name: str) -> Account:
        """Takes an account away; whoever is signed in with it may do nothing from then on.

        Raises:
            AccountsError: There is none of that name, or the file cannot be read or written.
        """
        entries = dict(self._entries())
        entry = entries.pop(name, None)
        if entry is None:
            raise AccountsError(f"There is no account {shown(name)}: see `facestyle accounts list`.")
        self._write(entries)
        return Account(entry.name, entry.admin)

    def _entries(self) -> dict[str, _Entry]:
        with self._lock:
            try:
                state = self.path.stat()
                stamp = (state.st_ino, state.st_mtime_ns, state.st_size)
                if self._read is None or self._read[0] != stamp:
                    found = _File.model_validate_json(self.path.read_bytes())
                    self._read = (stamp, {entry.name: entry for entry in found.accounts})
            except (OSError, ValueError) as error:
                self._read = None
                if isinstance(error, ValidationError) or not isinstance(error, OSError):
                    reason = "it is no file of accounts"
                else:
                    reason = error.strerror or str(error)
                raise AccountsError(
                    f"The accounts in {self.path} cannot be read ({reason}): "
                    "make one with `python -m facestyle accounts add NAME --admin`."
                ) from error
            return self._read[1]

    def _write(self, entries: dict[str, _Entry]) -> None:
        """Whole or not at all, for its owner only."""
        accounts = tuple(entries[name] for name in sorted(entries))
        text = _File(format="facestyle accounts", version=1, accounts=accounts).model_dump_json(indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with files.replacing(self.path, private=True) as file:
                file.write(text.encode())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise AccountsError(f"The accounts in {self.path} cannot be written ({reason}): check the path.") from error


def _hash(password: str, salt: bytes) -> bytes:
    typed = unicodedata.normalize("NFKC", password).encode(errors="replace")  # keyboards differ in how they compose
    return Scrypt(salt=salt, length=_HASH_BYTES, n=_COST, r=_BLOCK, p=_PARALLEL).derive(typed)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
