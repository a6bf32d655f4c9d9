"""Find Tesseract's language data, and merge what several packages bring into one folder.

Each engine takes one folder. The packages from the registry put their models below ``share/tessdata`` of the
environment, and bring no ``configs``, without which the ``tesseract`` program cannot write positions.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from erecords.errors import ConfigurationError
from mailroom.errors import EngineMissing
from mailroom.settings import MailroomSettings

_CONFIGS = {
    "hocr": "tessedit_create_hocr 1\n",
    "tsv": "tessedit_create_tsv 1\n",
    "txt": "tessedit_create_txt 1\n",
    "pdf": "tessedit_create_pdf 1\n",
}
_SYSTEM = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)


def tessdata_folder(settings: MailroomSettings, cache: Path | None = None) -> Path:
    """A folder with the models of all languages of the settings, of ``osd``, and ``configs``.

    A folder that has them all is taken as it is: the one of the settings alone when one is named there, else the
    installed packages, then the system. Models that lie apart are linked together in ``cache`` (default: a private
    folder below the system's temporary one). Several processes may ask at once.

    Raises:
        EngineMissing: a language is found nowhere.
        ConfigurationError: the folder of the settings does not exist.
    """
    wanted = (*settings.languages, "osd")
    folders = [Path(settings.tessdata)] if settings.tessdata else list(_installed_folders())
    if settings.tessdata and not folders[0].is_dir():
        raise ConfigurationError(f"The folder {folders[0]} of the setting mailroom.tessdata does not exist.")
    for folder in folders:
        if (folder / "configs" / "hocr").is_file() and not _missing(folder, wanted):
            return folder
    models = {language: _find(language, folders) for language in wanted}
    return _merge(models, cache or _private_cache())


@cache
def _installed_folders() -> tuple[Path, ...]:
    return (*_package_folders(), *_system_folders())


def _package_folders() -> list[Path]:
    folders = [Path(sys.prefix) / "share" / "tessdata"]
    for distribution in distributions():
        if (distribution.metadata["Name"] or "").startswith("tessdata"):
            for file in distribution.files or ():
                if file.suffix == ".traineddata":
                    folders.append(Path(str(distribution.locate_file(file))).resolve().parent)
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _system_folders() -> list[Path]:
    prefix = os.environ.get("TESSDATA_PREFIX")
    return [Path(name) for name in (*((prefix,) if prefix else ()), *_SYSTEM) if Path(name).is_dir()]


def _missing(folder: Path, languages: Iterable[str]) -> list[str]:
    return [language for language in languages if not (folder / f"{language}.traineddata").is_file()]


def _find(language: str, folders: list[Path]) -> Path:
    for folder in folders:
        model = folder / f"{language}.traineddata"
        if model.is_file():
            return model.resolve()
    raise EngineMissing(
        f"The language data {language!r} of Tesseract was not found. "
        f"Install the package tessdata-fast-{language}, or name its folder in the setting mailroom.tessdata."
    )


def _private_cache() -> Path:
    """A folder below the temporary one that only this user writes; anybody else's of that name is not used."""
    folder = Path(tempfile.gettempdir()) / f"erecords-tessdata-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise EngineMissing(f"{folder} belongs to somebody else, so no language data was put there. Remove it.")
    return folder


def _merge(models: dict[str, Path], cache: Path) -> Path:
    """Link the models into one folder named by what it holds; built aside, then renamed, so never seen half."""
    key = hashlib.sha256("\n".join(f"{name}={path}" for name, path in sorted(models.items())).encode()).hexdigest()[:16]
    target = cache / f"tessdata-{key}"
    if not target.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".tessdata-", dir=cache))
        try:
            for language, model in models.items():
                (building / f"{language}.traineddata").symlink_to(model)
            (building / "configs").mkdir()
            for name, text in _CONFIGS.items():
                (building / "configs" / name).write_text(text, encoding="ascii")
            building.chmod(0o755)
            try:
                building.rename(target)
            except OSError:
                if not target.is_dir():
                    raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return target
