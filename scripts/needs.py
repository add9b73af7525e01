"""Say what the tests need of the system and do not find: browser, PostgreSQL, Redis, glyphs, LibreOffice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
GET = {
    "a Chromium browser": "chromium",
    "the PostgreSQL server programs (initdb)": "postgresql",
    "the Redis server": "redis-server",
    "a font with Chinese glyphs": "fonts-noto-cjk",
    "LibreOffice, which opens the files of reports": "libreoffice-calc libreoffice-writer",
}


def has_postgresql() -> bool:
    """Whether initdb is anywhere the tests look for it."""
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def has_chinese_font() -> bool:
    """Whether any installed font covers Traditional Chinese (where fontconfig can say)."""
    fonts = shutil.which("fc-list")
    if fonts is None:
        return sys.platform == "darwin"
    return bool(subprocess.run([fonts, ":lang=zh-tw"], capture_output=True, check=True).stdout.strip())


def missing() -> list[str]:
    """What is not there."""
    found = {
        "a Chromium browser": any(shutil.which(name) for name in BROWSERS),
        "the PostgreSQL server programs (initdb)": has_postgresql(),
        "the Redis server": bool(shutil.which("redis-server")),
        "a font with Chinese glyphs": has_chinese_font(),
        "LibreOffice, which opens the files of reports": bool(shutil.which("soffice")),
    }
    return [name for name, here in found.items() if not here]


def main() -> int:
    """List Debian packages with `--packages`; otherwise explain and fail when something is missing."""
    lacking = missing()
    if sys.argv[1:] == ["--packages"]:
        print(" ".join(GET[name] for name in lacking))
        return 0
    for name in lacking:
        print(
            f"The tests need {name}: on Debian `apt-get install {GET[name]}`, or run .ci/run", file=sys.stderr
        )
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
