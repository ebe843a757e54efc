"""Encrypting an exported gallery under a passphrase: Scrypt (RFC 7914) makes the key, AES-256-GCM seals the bytes.

Layout: eight bytes of magic, 16 of salt, 12 of nonce, then the ciphertext with its tag. Magic and salt are
authenticated too. The costs of Scrypt belong to the magic and are never read from the file: nobody can ask for cheaper.
"""

from __future__ import annotations

import os
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from facestyle.errors import ArchiveError, PassphraseError

MAGIC: Final = b"FSTYENC1"
LEAST_PASSPHRASE: Final = 8
"""Characters."""

_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES, _KEY_BYTES = 16, 12, 16, 32
_HEADER_BYTES = len(MAGIC) + _SALT_BYTES + _NONCE_BYTES
_COST, _BLOCK, _PARALLEL = 2**17, 8, 1
"""128 MiB and some tenths of a second for each guess (OWASP Password Storage Cheat Sheet, section on scrypt)."""
_MOST_BYTES = 2**31 - 1 - _TAG_BYTES
"""What the cipher takes at once."""


def is_sealed(data: bytes) -> bool:
    """Whether the bytes claim to be encrypted."""
    return data.startswith(MAGIC)


def seal(data: bytes, passphrase: str) -> bytes:
    """Encrypts.

    Raises:
        PassphraseError: The passphrase is too short to protect anything.
        ArchiveError: The data is too long.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise PassphraseError(f"The passphrase is too short: use {LEAST_PASSPHRASE} characters or more.")
    if len(data) > _MOST_BYTES:
        raise ArchiveError("The gallery is too large to be encrypted in one piece (2 GiB): export it unencrypted.")
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, data, MAGIC + salt)


def unseal(data: bytes, passphrase: str) -> bytes:
    """Decrypts.

    Raises:
        PassphraseError: A wrong passphrase, or the bytes were changed: which of the two cannot be told.
        ArchiveError: The end is missing.
    """
    if len(data) < _HEADER_BYTES + _TAG_BYTES:
        raise ArchiveError("The archive is cut off: copy it again.")
    salt, nonce = data[len(MAGIC) : len(MAGIC) + _SALT_BYTES], data[len(MAGIC) + _SALT_BYTES : _HEADER_BYTES]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, data[_HEADER_BYTES:], MAGIC + salt)
    except InvalidTag as error:
        raise PassphraseError(
            "The passphrase is wrong, or the archive was changed since it was written. Nothing was imported: "
            "try the passphrase again, or another copy."
        ) from error


def _key(passphrase: str, salt: bytes) -> bytes:
    typed = unicodedata.normalize("NFKC", passphrase).encode(errors="replace")  # keyboards differ in how they compose
    return Scrypt(salt=salt, length=_KEY_BYTES, n=_COST, r=_BLOCK, p=_PARALLEL).derive(typed)
