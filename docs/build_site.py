"""Builds the documentation site into build/site: `make docs-site`.

Runs in the environment of the site's tools. Ends with 1 where a link or an anchor leads nowhere,
and where a page would fetch something from elsewhere.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build" / "site"
# The generator's plugin for reading without a network names the one script that it needs by its
# address; the site carries it.
_SHIM = re.compile(r"https://unpkg\.com/iframe-worker/shim")
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*\ssrc=\"?(https?://[^\s\">]+)"
    r"|<link[^>]*rel=\"?(?:stylesheet|preconnect|preload|icon)[^>]*href=\"?(https?://[^\s\">]+)"
    r"|url\([\"']?(https?://[^)\"']+)"
)


def main() -> int:
    """The exit code."""
    shutil.rmtree(SITE, ignore_errors=True)
    command = (Path(sys.executable).with_name("zensical"), "build", "--strict")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said, _, _ = (done.stdout + done.stderr).partition("Traceback")
    sys.stdout.write(said)
    if done.returncode:
        return 1
    for page in SITE.rglob("*.html"):
        up = "../" * len(page.relative_to(SITE).parents[:-1])
        text = page.read_text(encoding="utf-8")
        page.write_text(_SHIM.sub(f"{up}assets/iframe-worker.js", text), encoding="utf-8")
    fetched = {found for file in SITE.rglob("*") for found in _from_elsewhere(file)}
    for address in sorted(fetched):
        sys.stderr.write(f"A page would fetch {address}\n")
    for script in SITE.rglob("*.py"):  # what makes the pages is no page
        script.unlink()
    sys.stdout.write(f"The site is in {SITE.relative_to(ROOT)}: open build/site/index.html\n")
    return 1 if fetched else 0


def _from_elsewhere(file: Path) -> set[str]:
    if file.suffix not in (".html", ".css"):
        return set()
    text = file.read_text(encoding="utf-8")
    return {address for found in _FETCHED.findall(text) for address in found if address}


if __name__ == "__main__":
    sys.exit(main())
