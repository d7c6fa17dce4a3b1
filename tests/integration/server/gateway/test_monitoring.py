"""Rules for alerts and the dashboard in deploy/: right by promtool, on metrics that there are."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from support.cache import ROOT
from support.front import Server
from support.gateway import House

from .test_metrics import all_ready, scraped

RULES = ROOT / "deploy/prometheus/rules.yml"
DASHBOARD = ROOT / "deploy/grafana/brygga.json"
PAGE = ROOT / "docs/monitoring.md"
_NAME = re.compile(r"\bbrygga_[a-z_]+")
_LABELS = re.compile(r'(\w+)(?:=~?|!=)"')
_FROM_SCRAPING = {"service", "job"}
SCRIPT = "def init(): ...\ndef run(raw):\n    return raw\n"


@pytest.fixture
def page(house: House, tmp_path: Path) -> str:
    """What a gateway says of a front that has answered: all metrics of a service."""
    with Server(tmp_path, SCRIPT) as front:
        front.wait_ready().call(body=b"x")
        said = front.call(path="/metrics").body
    replica = house.replica("a")

    def serve(sock: socket.socket, head: bytes, body: bytes) -> bool:
        length = b"Content-Length: %d\r\n\r\n" % len(said)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + length + said)
        return True

    replica.serve = serve
    gateway = house.gateway(replica)
    all_ready(gateway)
    return scraped(gateway)


def names(page: str) -> set[str]:
    """Those that a question to Prometheus may have."""
    families = re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE)
    parts = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + part for name, kind in families for part in parts.get(kind, ("",))}


def questions() -> dict[str, str]:
    """The rules, and every question of the dashboard, by where they are."""
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {
        panel["title"]: " ".join(target["expr"] for target in panel["targets"])
        for panel in board["panels"]
    }
    variables = [str(v.get("query")) for v in board["templating"]["list"]]
    lines = RULES.read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.strip().startswith(("#", "description", "summary"))]
    return {**asked, "variables": " ".join(variables), "rules": "\n".join(rules)}


def test_rules_and_dashboard_ask_for_metrics_that_there_are(page: str) -> None:
    there = names(page)
    for place, question in questions().items():
        assert set(_NAME.findall(question)) <= there, place
    labels = set(re.findall(r'(\w+)="', page)) | _FROM_SCRAPING
    for place, question in questions().items():
        used = set(_LABELS.findall(question))
        assert used <= labels, place


def test_the_page_lists_every_metric_and_every_alert(page: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    families = re.findall(r"^# TYPE (\S+) ", page, re.MULTILINE)
    assert [name for name in families if f"`{name}`" not in text] == []
    alerts = re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8"))
    assert re.findall(r"^\| `(Brygga\w+)`", text, re.MULTILINE) == alerts


def test_promtool_finds_nothing_wrong_and_every_alert_fires_where_it_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian's package prometheus)")
    tests = RULES.with_name("rules_test.yml")
    for what in (("check", "rules", str(RULES)), ("test", "rules", str(tests))):
        done = subprocess.run([promtool, *what], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    alerts = set(re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8")))
    tried = set(re.findall(r'alertname="(\w+)"', tests.read_text(encoding="utf-8")))
    assert tried == alerts
