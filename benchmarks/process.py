"""What a process takes, as Linux says."""

from __future__ import annotations

from pathlib import Path


def resident(name: str = "VmRSS", pid: int | str = "self") -> int:
    """VmRSS (now) or VmHWM (the most so far) of a process, bytes.

    Raises:
        OSError: There is no /proc, or no such process.
    """
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024
