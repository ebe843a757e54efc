"""A standalone Milvus server for the tests, with TLS and a password, in a process that cannot outlive them.

    python -m tests.faces.gallery.milvus_server

It prints one line, `{"port": ..., "authority": ...}`, once the server answers, and ends with everything it made (the
server, its files) as soon as its standard input closes, however whoever started it came to an end. Ports and folder
are its own, so any number may run at once. The server is the one of the package `milvus`: Linux on x86_64 only.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "root:Milvus"  # noqa: S105 - the server's own, until somebody changes it
START_SECONDS = 120.0
_ATTEMPTS = 3


@contextmanager
def running_server() -> Iterator[dict[str, Any]]:
    """Starts the server and yields `port` and `authority`, the PEM file of the authority that signs its certificate."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the Milvus server did not start")
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    """See the module."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    folder = Path(tempfile.mkdtemp(prefix="facestyle-milvus-"))
    server = None
    try:
        certify(folder)
        server = start(folder, ended)
        if server is not None:
            print(
                json.dumps({"port": server.listen_port, "authority": str(folder / "authority.pem")}),
                flush=True,
            )
            ended.wait()
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, ended: threading.Event) -> Any:
    """A server that answers; tried again on other ports where another program was faster to take one."""
    from milvus import MilvusServer, MilvusServerConfig

    for attempt in range(_ATTEMPTS):
        shutil.rmtree(folder / "data", ignore_errors=True)
        config = MilvusServerConfig()
        names = [name for name in config.configurable_items if name.endswith("_port")]
        free = free_ports(len(names) + 3)
        settle_etcd(config, folder / "etcd.yaml", *free[-2:])
        server = MilvusServer(
            config,
            wait_for_started=False,
            data_dir=str(folder),
            authorization_enabled=True,
            tls_mode=1,
            **dict(zip(names, free, strict=False)),
        )
        for name, value in {
            "authorization_enabled": True,
            "tls_mode": 1,
            "server_pem_path": str(folder / "server.pem"),
            "server_key_path": str(folder / "server.key"),
            "ca_pem_path": str(folder / "authority.pem"),
        }.items():
            config.set(name, value)
        # strongly consistent reads wait for the next tick: 200 ms, where people do not start a server for each test
        config.set("proxy.timeTickInterval", "20")
        config.set("common.timeTickInterval", "20")
        server.webservice_port = free[-3]
        server.start()
        until = time.monotonic() + START_SECONDS
        while server.server_proc.poll() is None and time.monotonic() < until and not ended.is_set():
            if answers(server.listen_port, folder / "authority.pem"):
                return server
            time.sleep(0.2)
        log = folder / "logs" / "milvus-stdout.log"
        print(f"attempt {attempt + 1}: {log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        server.stop()
        if ended.is_set():
            return None
    return None


def settle_etcd(config: Any, file: Path, client: int, peer: int) -> None:
    """The database inside the server takes two fixed ports, unless a file of its own says otherwise."""
    clients, peers = (f"http://127.0.0.1:{port}" for port in (client, peer))
    file.write_text(
        f"listen-client-urls: {clients}\nadvertise-client-urls: {clients}\n"
        f"listen-peer-urls: {peers}\ninitial-advertise-peer-urls: {peers}\ninitial-cluster: default={peers}\n"
    )
    place = "    embed: true"
    assert config.template_text.count(place) == 1
    line_end = config.template_text.index("\n", config.template_text.index(place))
    config.template_text = (
        f"{config.template_text[:line_end]}\n  config:\n    path: {file}{config.template_text[line_end:]}"
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def answers(port: int, authority: Path) -> bool:
    """Whether it lets a client in, which is later than when it listens."""
    context = ssl.create_default_context(cafile=str(authority))
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", port), 1) as plain,
        context.wrap_socket(plain, server_hostname="localhost"),
    ):
        import pymilvus

        with suppress(pymilvus.MilvusException):
            client = pymilvus.MilvusClient(
                f"https://localhost:{port}", token=TOKEN, timeout=5, server_pem_path=str(authority), secure=True
            )
            client.list_collections()
            client.close()
            return True
    return False


def certify(folder: Path) -> None:
    """An authority, and a certificate that it signed for `localhost`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("authority", "server")}
    names = {name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test {name}")]) for name in keys}
    for name, key in keys.items():
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["authority"])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=name == "authority", path_length=None), critical=True)
        )
        if name == "server":
            here = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(here), critical=False)
        signed = builder.sign(keys["authority"], hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


if __name__ == "__main__":
    main()
