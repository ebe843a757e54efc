"""The page on a real socket, with the networks played."""

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

    def client(self, **options):
        return Client(self.url, verbose=False, analytics_enabled=False, **options)

    def close(self):
        self.demo.close(verbose=False)
        self.sessions.close()
