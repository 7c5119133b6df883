"""A real browser before a real server, with the worker as a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="no Chromium on this machine (apt-get install chromium)")
                )
            elif not (settings.BASE_DIR / "static" / "vendor" / "chart.umd.js").exists():
                item.add_marker(pytest.mark.skip(reason="static/vendor is empty (make setup fills it)"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


class Visitor:
    """A person at a browser window: looks, types, and notices what is wrong with a page."""

    def __init__(self, page: Any, base: str, name: str) -> None:
        self.page = page
        self.base = base
        self.name = name
        self.seen = 0
        self.faults: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", lambda request: self._asked(request.url))

    def _heard(self, kind: str, text: str) -> None:
        # A page that answers 4xx on purpose is logged by the browser; everything else is a fault of ours.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.faults.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:", "about:")):
            self.faults.append(f"asked another host: {url}")

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def look(self, title: str) -> None:
        """Takes a picture and checks what every page must hold: no fault, no sideways scroll, accessible."""
        from axe_playwright_python.sync_playwright import Axe

        # A click returns when the next page begins; on a busy machine its document may not be there yet.
        self.page.wait_for_load_state("load")
        self.page.wait_for_function("document.documentElement && document.body")
        folder = os.environ.get("MALL_SCREENSHOTS")
        if folder:
            self.seen += 1
            slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{self.name}-{self.seen:02}-{slug}.png", full_page=True)
        assert self.faults == [], f"{title}: {self.faults}"
        width = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert width <= 0, f"{title} scrolls sideways by {width} px"
        found = Axe().run(self.page).response["violations"]
        serious = [
            f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"{title}: {serious}"

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            box = self.page.locator(f"main [name={name}]")
            if box.evaluate("e => e.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def reads(self, text: str) -> bool:
        return text in self.page.locator("main").inner_text()


@pytest.fixture(params=list(SIZES))
def visitor(request: pytest.FixtureRequest, chromium: Any, live_server: Any) -> Iterator[Visitor]:
    call_command("createcachetable")
    context = chromium.new_context(viewport=SIZES[request.param], accept_downloads=True)
    context.set_default_timeout(15_000)
    yield Visitor(context.new_page(), live_server.url, f"{request.node.originalname}-{request.param}")
    context.clear_cookies()  # else the last page says goodbye to the mall of the next test
    context.close()


@pytest.fixture
def worker(transactional_db: None) -> Iterator[subprocess.Popen]:
    """`manage.py run_jobs` on the test's own database and files."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"mysql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "shopping_mall.settings",
        "DATABASE_URL": url,
        "MALL_VAR": str(settings.VAR_DIR),
        "MALL_DEMO": "1",
        "SECRET_KEY": settings.SECRET_KEY,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_jobs"],
        cwd=settings.BASE_DIR,
        env=environment,
        start_new_session=True,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@pytest.fixture
def live_model(transactional_db: None) -> Any:
    """A promoted version, really trained on a few hundred rows of the demo mall."""
    import make

    return make.trained_version()
