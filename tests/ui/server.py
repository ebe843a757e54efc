"""The page on a real socket, with the networks played."""

import json
from typing import Any

import httpx
from gradio_client import Client

from facestyle.settings import Settings
from facestyle.ui import demo as page
from facestyle.ui.state import Sessions
from tests.ui.fakes import Fakes, fake_services


class Server:
    def __init__(self, public, local=None, **settings):
        self.fakes = Fakes()
        self.settings = Settings(public=public, **settings)
        services = fake_services(self.settings, self.fakes, local)
        self.sessions = Sessions(services)
        self.demo = page.build_demo(services, self.sessions)
        options = page.launch_options(
            self.settings, host="127.0.0.1", port=None, share=False, accounts=self.sessions.accounts
        )
        _, url, _ = self.demo.launch(prevent_thread_lock=True, **options)
        self.url = url.rstrip("/")
        self.http = httpx.Client(base_url=f"{self.url}/gradio_api", timeout=60)

    def client(self, **options):
        return Client(self.url, verbose=False, analytics_enabled=False, **options)

    def call(
        self,
        index: int,
        data: list[Any],
        session: str,
        *,
        cookies: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **event: Any,
    ) -> httpx.Response | dict[str, Any]:
        """Calls a handler as the page does, and by hand: a refusal at the door, or what the queue says in the end."""
        body = {"fn_index": index, "data": data, "session_hash": session, "event_data": event or None}
        who = {"cookie": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items()), **(headers or {})}
        if not self.demo.fns[index].queue:
            return self.http.post("/run/predict", json=body, headers=who)
        joined = self.http.post("/queue/join", json=body, headers=who)
        if joined.status_code != 200:
            return joined
        with self.http.stream("GET", "/queue/data", params={"session_hash": session}, headers=who) as messages:
            for line in messages.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed" and message["event_id"] == joined.json()["event_id"]:
                    return message["output"] | {"success": message["success"]}
                if message.get("msg") == "process_streaming":  # it would wait for the next frame
                    self.http.post(f"/stream/{joined.json()['event_id']}/close", json={}, headers=who)
                if message.get("msg") == "unexpected_error":
                    return message
        raise AssertionError("The queue said nothing.")

    def handlers(self, name: str) -> list[int]:
        """Those of that name."""
        found = [index for index, function in self.demo.fns.items() if function.name == name]
        assert found, f"there is no handler {name}"
        return found

    def close(self):
        self.http.close()
        self.demo.close(verbose=False)
        self.sessions.close()
