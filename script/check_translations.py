"""Hold the Chinese catalogue against the code: every message is there, translated, and none is a guess."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PO = Path("locale/zh_Hans/LC_MESSAGES/django.po")
PARTS = ("portal", "merchants", "aftersales", "templates", "locale")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            shutil.copytree(ROOT / part, Path(folder) / part)
        shutil.copy(ROOT / "manage.py", folder)
        command = [sys.executable, str(ROOT / "manage.py"), "makemessages", "-l", "zh_Hans", "--no-location", "-v0"]
        subprocess.run(command, cwd=folder, check=True)
        extracted = load(Path(folder) / PO)
    known = load(ROOT / PO)
    wrong = []
    for message in extracted:
        ours = known.get(message.id, message.context) if message.id else None
        if not message.id:
            continue
        if ours is None:
            wrong.append(f"missing: {message.id}")
        elif ours.fuzzy or not all([ours.string] if isinstance(ours.string, str) else ours.string):
            wrong.append(f"not translated: {message.id}")
    for line in wrong:
        print(line)
    print(f"translations: {len(extracted)} messages, {len(wrong)} to do")
    return 1 if wrong else 0


def load(path: Path):
    with path.open("rb") as source:
        return read_po(source)


if __name__ == "__main__":
    sys.exit(main())
