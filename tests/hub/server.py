"""A small Hub on the loopback interface, for the real huggingface_hub client to talk to.

It speaks the endpoints that downloads need (HEAD and GET of `/{repo}/resolve/{revision}/{file}` with the Hub's headers,
the redirect of large files to a storage host, Range, model info), and on request it misbehaves in the ways a network
does. Which headers a Hub sends was read from huggingface_hub's own client code.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

CHUNK = 1 << 20
HOLD_SECONDS = 120


class Content(Protocol):
    """A file's bytes, in memory or made as they are asked for."""

    size: int
    etag: str

    def read(self, start: int, end: int) -> bytes: ...


class Blob:
    """Bytes in memory; a large file (LFS) has its SHA-256 as its etag, a small one Git's blob hash."""

    def __init__(self, data: bytes, *, large: bool = True) -> None:
        self._data = data
        self.size = len(data)
        git = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        self.etag = hashlib.sha256(data).hexdigest() if large else git

    def read(self, start: int, end: int) -> bytes:
        return self._data[start:end]


@dataclass
class Repo:
    """A repository at one commit."""

    revision: str
    files: dict[str, Content]
    gated: bool = False
    private: bool = False
    moved_to: str | None = None


@dataclass
class Faults:
    """How the Hub misbehaves until it is told otherwise; counts go down as they are used up."""

    status: int | None = None
    """Answer everything with this status."""
    proxy: bool = False
    """`status` comes without the headers by which a Hub explains itself."""
    status_of_get: int | None = None
    head_delay_s: float = 0
    chunk_delay_s: float = 0
    hold: threading.Event | None = None
    """Bodies wait after `hold_after` bytes until this is set: time to look at a download, however slow the computer."""
    hold_after: int = 0
    cuts: int = 0
    """So many bodies end after `cut_after` bytes, the connection with them."""
    cut_after: int = 1000
    corruptions: int = 0
    """So many bodies have one flipped bit."""
    ignore_range: bool = False
    storage_host: bool = False
    """Large files are redirected to another host, as the real Hub does."""
    other_commit: bool = False
    plain_web_server: bool = False
    """No header that only a Hub sends."""


@dataclass
class Request:
    method: str
    path: str
    range: str | None
    authorised: bool
    host: str
    sent: int = 0


@dataclass
class Hub:
    """The server; use it as a context manager."""

    repos: dict[str, Repo] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Hub:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hub = self
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the server: whoever asks from now on is refused. May be called twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def sent(self) -> int:
        """Bytes of all bodies."""
        return sum(request.sent for request in self.requests)

    def bodies(self) -> list[Request]:
        """The requests that got (a part of) a file."""
        return [request for request in self.requests if request.sent]

    def take(self, fault: str) -> bool:
        """Uses up one of a counted fault."""
        with self.lock:
            left = getattr(self.faults, fault)
            if left > 0:
                setattr(self.faults, fault, left - 1)
            return left > 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: Hub

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, faults = self.server.hub, self.server.hub.faults
        self.log = Request(
            self.command,
            self.path,
            self.headers.get("Range"),
            "Authorization" in self.headers,
            self.headers.get("Host", "").split(":")[0],
        )
        with hub.lock:
            hub.requests.append(self.log)
        if self.command == "HEAD":
            time.sleep(faults.head_delay_s)
        status = faults.status or (faults.status_of_get if self.command == "GET" else None)
        if status is not None:
            self._empty(status, {}) if faults.proxy else self._refuse(status, None, "as the test wishes")
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([0-9a-f]{40}|main)/(.+)", self.path):
            self._resolve(*found.groups())
        elif found := re.fullmatch(r"/storage/([0-9a-f]+)", self.path):
            contents = (file for repo in hub.repos.values() for file in repo.files.values())
            self._send(next(file for file in contents if file.etag == found[1]), {"ETag": f'"{found[1]}"'})
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([0-9a-f]{40}))?", self.path):
            self._model_info(*found.groups())
        else:
            self._refuse(404, None, "no such address")

    def _resolve(self, name: str, revision: str, filename: str) -> None:
        hub, faults = self.server.hub, self.server.hub.faults
        repo = hub.repos.get(name)
        if repo is None or (repo.private and not self.log.authorised):
            return self._refuse(404 if self.log.authorised else 401, "RepoNotFound", "Repository not found")
        if repo.moved_to is not None:
            return self._empty(307, {"Location": f"/{repo.moved_to}/resolve/{revision}/{filename}"})
        if repo.gated:
            return self._refuse(403 if self.log.authorised else 401, "GatedRepo", "Access to this model is restricted")
        if revision not in {repo.revision, "main"}:
            return self._refuse(404, "RevisionNotFound", "Invalid rev id")
        commit = {"X-Repo-Commit": "0" * 40 if faults.other_commit else repo.revision}
        if filename not in repo.files:
            return self._refuse(404, "EntryNotFound", "Entry not found", commit)
        file = repo.files[filename]
        if faults.plain_web_server:
            return self._send(file, {})
        if faults.storage_host and len(file.etag) == 64:
            return self._empty(
                302,
                commit
                | {
                    "X-Linked-Etag": f'"{file.etag}"',
                    "X-Linked-Size": str(file.size),
                    # the same server under another name: to the client it is another host
                    "Location": f"http://localhost:{hub.port}/storage/{file.etag}",
                },
            )
        return self._send(file, commit | {"ETag": f'"{file.etag}"'})

    def _model_info(self, name: str, revision: str | None) -> None:
        repo = self.server.hub.repos.get(name)
        if repo is None:
            return self._refuse(401, "RepoNotFound", "Repository not found")
        if revision not in {repo.revision, None}:
            return self._refuse(404, "RevisionNotFound", "Invalid rev id")
        info = {"id": name, "sha": repo.revision, "siblings": [{"rfilename": file} for file in repo.files]}
        return self._send(Blob(json.dumps(info).encode()), {"Content-Type": "application/json"})

    def _send(self, file: Content, headers: dict[str, str]) -> None:
        hub, faults = self.server.hub, self.server.hub.faults
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.log.range or "")
        start, end, status = 0, file.size, 200
        if wanted and not faults.ignore_range:
            start = int(wanted[1])
            end = min(int(wanted[2]) + 1 if wanted[2] else file.size, file.size)
            status = 206
            if start >= file.size:
                return self._refuse(416, None, "Range Not Satisfiable")
            headers = headers | {"Content-Range": f"bytes {start}-{end - 1}/{file.size}"}
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(end - start)}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            cut = start + faults.cut_after if hub.take("cuts") else end
            flipped = (start + end) // 2 if hub.take("corruptions") else None
            self._body(file, start, end, cut, flipped)
        return None

    def _body(self, file: Content, start: int, end: int, cut: int, flipped: int | None) -> None:
        for first, last in _chunks(start, min(end, cut)):
            data = file.read(first, last)
            if flipped is not None and first <= flipped < last:
                data = data[: flipped - first] + bytes([data[flipped - first] ^ 1]) + data[flipped - first + 1 :]
            faults = self.server.hub.faults
            if faults.hold is not None and first - start >= faults.hold_after:
                faults.hold.wait(HOLD_SECONDS)
            self.log.sent += len(data)  # before: who has received the last byte may look at once
            self.wfile.write(data)
            time.sleep(faults.chunk_delay_s)
        if cut < end:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def _refuse(self, status: int, code: str | None, message: str, headers: dict[str, str] | None = None) -> None:
        named = {"X-Error-Code": code} if code else {}
        self._empty(status, named | {"X-Error-Message": message} | (headers or {}))

    def _empty(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in (headers | {"Content-Length": "0"}).items():
            self.send_header(key, value)
        self.end_headers()


def _chunks(start: int, end: int) -> Iterator[tuple[int, int]]:
    step = min(CHUNK, max(1, (end - start) // 8))  # small files too go out in several pieces
    while start < end:
        yield start, min(start + step, end)
        start += step
