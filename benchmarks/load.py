"""Many visitors at once on a running app: what fails, how long answers take, and whether memory stays flat.

Each of N visitors comes from an address of its own (127.0.x.y), opens the page's session, enrols two people under names
that nobody else has, asks for a mix of everything, now and then with a file that is broken, closes the tab and comes
again as somebody new. Looked for are errors without a name, names of others in an answer, people who were acknowledged
and are not listed, and memory that still rises in the second half.

    python benchmarks/load.py [--clients 50] [--minutes 5] [--think 2] [--seed 1] [--url http://127.0.0.1:7860]

Without `--url` it starts `app.py --public` and watches its memory. Prints Markdown tables; the exit status is
1 for an error without a name, cross-talk, a loss, or a rise of more than `--rise` MB a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx
import numpy as np

from benchmarks.process import resident

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "facestyle" / "ui" / "examples"
PEOPLE = ("hopper", "collins")
NAME = re.compile(r"visitor \d+ \d+")


@dataclass
class Tally:
    """What all visitors saw, under one lock."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refusals: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    crosstalk: int = 0
    acknowledged: int = 0
    lost: int = 0
    visits: int = 0
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **counts: int) -> None:
        """Counts up."""
        with self.lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)


class Visit:
    """One browser tab, from opening to closing."""

    def __init__(self, url: str, number: int, visit: int, tally: Tally, rng: random.Random) -> None:
        self.name = f"visitor {number} {visit}"
        self._tally, self._rng, self._session = tally, rng, uuid.uuid4().hex
        address = f"127.0.{1 + number // 250}.{1 + number % 250}"
        self._http = httpx.Client(
            base_url=f"{url}/gradio_api",
            timeout=300,
            transport=httpx.HTTPTransport(local_address=address, limits=httpx.Limits(max_connections=4)),
        )
        self._enrolled: set[str] = set()

    def run(self, calls: int, ended: Callable[[], bool], think: float) -> None:
        """Comes, asks so many times, and goes."""
        with ExitStack() as place:
            place.callback(self._http.close)
            place.enter_context(self._http.stream("GET", f"/heartbeat/{self._session}"))  # what an open tab holds
            for person in PEOPLE:
                self._enroll(person)
            kinds = [self._verify, self._identify, self._people, self._move, self._paint, self._frame, self._broken]
            for _ in range(calls):
                if ended():
                    break
                self._rng.choice(kinds)()
                time.sleep(self._rng.uniform(0, 2 * think))
            self._people()
        self._tally.add(visits=1)

    def _call(self, kind: str, *data: Any) -> Any:  # noqa: ANN401
        start = time.perf_counter()
        self._tally.add(under_way=1)
        try:
            answer = self._ask(kind, list(data))
        except (httpx.HTTPError, ValueError) as error:
            answer = {"failure": f"{kind}: {type(error).__name__}"}
        finally:
            self._tally.add(under_way=-1)
        said = answer[-1] if isinstance(answer, list) and answer else answer
        with self._tally.lock:
            self._tally.seconds[kind].append(time.perf_counter() - start)
            if not isinstance(said, dict):
                self._tally.errors[f"{kind}: {str(said)[:60]}"] += 1
            elif "failure" in said:
                self._tally.errors[said["failure"]] += 1
            elif "error" in said:
                self._tally.refusals[said["error"]["code"]] += 1
            self._tally.crosstalk += any(name != self.name for name in NAME.findall(json.dumps(answer)))
        return said if isinstance(said, dict) else {}

    def _ask(self, kind: str, data: list[Any]) -> Any:  # noqa: ANN401
        asked = self._http.post(f"/call/{kind}", json={"data": data, "session_hash": self._session})
        if asked.status_code != 200:
            answer = asked.json()
            return answer if "error" in answer else {"failure": f"{kind}: {asked.status_code}"}
        event = ""
        with self._http.stream("GET", f"/call/{kind}/{asked.json()['event_id']}") as lines:
            for line in lines.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event in {"complete", "error"}:
                    said = json.loads(line.removeprefix("data: "))
                    return said if event == "complete" else {"failure": f"{kind}: {str(said)[:60]}"}
        return {"failure": f"{kind}: no answer"}

    def _upload(self, name: str, data: bytes | None = None) -> dict[str, str]:
        data = (SAMPLES / f"{name}.jpg").read_bytes() if data is None else data
        answer = self._http.post("/upload", files={"files": (f"{name}.jpg", data)})
        return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}

    def _enroll(self, person: str) -> None:
        name = f"{self.name} {person}"
        said = self._call("enroll", name, [self._upload(person)], True, False, True, True)
        if "error" not in said and said:
            self._enrolled.add(name)
            self._tally.add(acknowledged=1)

    def _verify(self) -> None:
        self._call("verify", self._upload("hopper"), self._upload(self._rng.choice(PEOPLE)), None, "off")

    def _identify(self) -> None:
        self._call("identify", self._upload(self._rng.choice(("hopper", "collins", "montage"))), 5, None, "off")

    def _move(self) -> None:
        self._call("identify", self._upload("hopper"), 5, round(self._rng.uniform(0.2, 0.5), 2), "off")

    def _people(self) -> None:
        said = self._call("people")
        if "people" in said:
            self._tally.add(lost=len(self._enrolled - {person["name"] for person in said["people"]}))

    def _paint(self) -> None:
        self._call("style_fast", self._upload("hopper"), None, "wild_brush", 128, 1.0, "", None, 0.5)

    def _frame(self) -> None:
        self._call("live_frame", self._upload("hopper"), "", None, 5, 3.0, False)

    def _broken(self) -> None:
        whole = (SAMPLES / "hopper.jpg").read_bytes()
        cut = whole[: self._rng.randrange(10, len(whole) // 2)]
        self._call("identify", self._upload("broken", cut), 5, None, "off")


def started(place: ExitStack) -> tuple[str, int]:
    """An app of our own: its address and its process."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "--public"], env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    place.callback(process.wait)
    place.callback(process.send_signal, signal.SIGTERM)
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://[\d.]+:\d+", line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[0], process.pid
    raise SystemExit("The app did not start.")


def memory(pid: int) -> float:
    """Resident, in MB; 0 where there is no /proc."""
    try:
        return resident(pid=pid) / 1e6
    except OSError:
        return 0.0


def watch(pid: int | None, seconds: float, tally: Tally) -> list[tuple[float, float, int]]:
    """Seconds since the start, MB, and calls under way, once a second."""
    start, seen = time.perf_counter(), []
    while (now := time.perf_counter() - start) < seconds:
        seen.append((now, memory(pid) if pid else 0.0, tally.under_way))
        time.sleep(1)
    return seen


def report(tally: Tally, seen: list[tuple[float, float, int]], rise: float) -> int:
    """Prints the tables; the exit status."""
    print("| call | number | p50, s | p95, s |\n|---|---|---|---|")
    for kind, seconds in sorted(tally.seconds.items()):
        print(f"| {kind} | {len(seconds):,} | {np.percentile(seconds, 50):.2f} | {np.percentile(seconds, 95):.2f} |")
    calls, (times, megabytes, waiting) = sum(map(len, tally.seconds.values())), np.array(seen).T
    half = times >= times[-1] / 2
    slope = float(np.polyfit(times[half] / 60, megabytes[half], 1)[0])
    rows = {
        "visits, calls": f"{tally.visits:,}, {calls:,}",
        "refusals by name": ", ".join(f"{code} {count}" for code, count in sorted(tally.refusals.items())) or "0",
        "errors without a name": ", ".join(f"{what} ({count})" for what, count in tally.errors.items()) or "0",
        "answers with a name of somebody else's": str(tally.crosstalk),
        "people acknowledged, lost": f"{tally.acknowledged:,}, {tally.lost}",
        "calls under way, mean and most": f"{waiting.mean():.0f}, {waiting.max():.0f}",
        "memory at a quarter, the middle, the end": ", ".join(
            f"{megabytes[int(part * (len(seen) - 1))]:,.0f} MB" for part in (0.25, 0.5, 1)
        ),
        "rise in the second half": f"{slope:+.1f} MB a minute",
    }
    print("\n| | |\n|---|---|")
    for what, value in rows.items():
        print(f"| {what} | {value} |")
    return int(bool(tally.errors or tally.crosstalk or tally.lost or slope > rise))


def main() -> int:
    """Starts the visitors, watches, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50, help="visitors at a time (50)")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long new calls are made (5)")
    parser.add_argument("--think", type=float, default=2.0, help="mean seconds between a visitor's calls (2)")
    parser.add_argument("--calls", type=int, default=12, help="calls of a visit, besides enrolling (12)")
    parser.add_argument("--seed", type=int, default=1, help="of the mix (1)")
    parser.add_argument("--url", help="a running app; its memory is watched if --pid says which process it is")
    parser.add_argument("--pid", type=int, help="of that app, on this machine")
    parser.add_argument("--rise", type=float, default=10.0, help="MB a minute that count as flat (10)")
    asked = parser.parse_args()
    with ExitStack() as place:
        url, pid = (asked.url.rstrip("/"), asked.pid) if asked.url else started(place)
        tally, end = Tally(), time.perf_counter() + 60 * asked.minutes

        def visitor(number: int) -> None:
            rng, visit = random.Random(asked.seed * 1000 + number), 0
            time.sleep(rng.uniform(0, 2 * asked.think))
            while time.perf_counter() < end:
                try:
                    made = Visit(url, number, visit, tally, rng)
                    made.run(asked.calls, lambda: time.perf_counter() >= end, asked.think)
                except (httpx.HTTPError, ValueError, KeyError) as error:
                    tally.errors[f"visit: {type(error).__name__}"] += 1
                visit += 1

        threads = [threading.Thread(target=visitor, args=(number,)) for number in range(asked.clients)]
        for thread in threads:
            thread.start()
        seen = watch(pid, 60 * asked.minutes, tally)
        for thread in threads:
            thread.join()
        return report(tally, seen, asked.rise)


if __name__ == "__main__":
    sys.exit(main())
