"""Measure recognition against ocrmypdf and bare Tesseract, on the same scans, in one interleaved run.

    python benchmarks/ocr.py [--pages 12] [--scaling] [--growth 2000] [--json FILE]

Four ways read each scan in turn: **ours** (``recognise`` in a warm worker), **cli** (``ocrmypdf`` as a program, once
per file), **api** (``ocrmypdf.ocr`` in a warm process) and **bare** (Tesseract in process: grey pixels in, text out,
nothing else). Printed: CPU seconds a page with all child processes, ratios, character error rate of the stored text
and of the PDF's text layer, and size of the result against the scan. ``--scaling`` adds two workers against one,
``--growth`` the memory of one worker, never replaced, while it reads that many small pages.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from rapidfuzz.distance import Levenshtein

from benchmarks.scans import Scan, make_scans
from mailroom.engines.tessdata import tessdata_folder
from mailroom.processing.workers import WorkerPool
from mailroom.settings import MailroomSettings

SETTINGS = MailroomSettings()
OCRMYPDF = ["--skip-text", "--rotate-pages", "--rotate-pages-threshold", "5", "--output-type", "pdfa"]
OCRMYPDF += ["--pdfa-backend", "internal", "--jobs", "1"]


def cpu() -> float:
    """CPU seconds of this process and of its ended children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def ours(source: str, work: str) -> tuple[float, str, str]:
    from mailroom.stages.identify import identify
    from mailroom.stages.recognise import recognise

    start = cpu()
    kind = identify(Path(source), "scan.pdf", SETTINGS)
    found = recognise(Path(source), Path(work), kind, SETTINGS)
    return cpu() - start, str(found.rendition), found.text


def api(source: str, target: str) -> tuple[float, str, str]:
    import ocrmypdf

    start = cpu()
    ocrmypdf.ocr(
        source, target, language=["deu", "eng"], skip_text=True, rotate_pages=True, rotate_pages_threshold=5,
        output_type="pdfa", pdfa_backend="internal", jobs=1, use_threads=True, progress_bar=False,
    )  # fmt: skip
    return cpu() - start, target, ""


def command(source: str, target: str) -> tuple[float, str, str]:
    start = cpu()
    subprocess.run(
        [str(Path(sys.executable).parent / "ocrmypdf"), "-l", "deu+eng", *OCRMYPDF, source, target],
        check=True,
        capture_output=True,
    )
    return cpu() - start, target, ""


def bare(source: str, _: str) -> tuple[float, str, str]:
    from mailroom.stages.pages import Pages

    with Pages(Path(source)) as pages:
        image = pages.grey(1, pages.facts(1), SETTINGS.dpi)
    engine = _bare_engine()
    start = cpu()
    engine.SetImageBytes(image.pixels.tobytes(), image.width, image.height, 1, image.width)
    engine.SetSourceResolution(round(image.dpi))
    text = engine.GetUTF8Text()
    return cpu() - start, "", text


_bare: list[Any] = []


def _bare_engine() -> Any:
    import tesserocr

    if not _bare:
        _bare.append(
            tesserocr.PyTessBaseAPI(path=str(tessdata_folder(SETTINGS)), lang="deu+eng", psm=tesserocr.PSM.AUTO)
        )
    return _bare[0]


def layer(path: str) -> str:
    """The text of a PDF as a reader program extracts it."""
    from mailroom.stages.pages import Pages

    with Pages(Path(path)) as pages:
        return pages.words(1)[1]


def error_rate(text: str, truth: str) -> float:
    """Edits per character of the truth, white space taken as one space."""
    found, right = " ".join(text.split()), " ".join(truth.split())
    return Levenshtein.distance(found, right) / max(1, len(right))


def run(scans: list[Scan], folder: Path) -> dict[str, list[dict[str, float]]]:
    ways: dict[str, Callable[..., tuple[float, str, str]]] = {"bare": bare, "ours": ours, "api": api, "cli": command}
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    environment = {"OMP_THREAD_LIMIT": "1", "TESSDATA_PREFIX": str(tessdata_folder(SETTINGS))}
    os.environ.update(environment, PATH=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    pools = {name: WorkerPool(SETTINGS, 1) for name in ways}
    for name, pool in pools.items():  # warm: first use loads models and libraries
        pool.submit(ways[name], str(scans[0].path), str(folder / f"warm-{name}"), seconds=300).result()
    for number, scan in enumerate(scans):
        for name, pool in pools.items():
            target = str(
                folder / f"{scan.path.stem}-{name}" if name == "ours" else folder / f"{scan.path.stem}-{name}.pdf"
            )
            seconds, result, text = pool.submit(ways[name], str(scan.path), target, seconds=300).result()
            row = {"cpu": seconds}
            if text:
                row["text_errors"] = error_rate(text, scan.text)
            if result:
                row["layer_errors"] = error_rate(layer(result), scan.text)
                row["size"] = Path(result).stat().st_size / scan.path.stat().st_size
            rows[name].append(row)
        print(f"\r{number + 1}/{len(scans)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for pool in pools.values():
        pool.close()
    return rows


def summary(rows: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    total = {name: statistics.fmean(row["cpu"] for row in found) for name, found in rows.items()}
    report = {}
    for name, found in rows.items():
        report[name] = {
            "cpu_per_page": total[name],
            "to_bare": total[name] / total["bare"],
            "to_ours": total[name] / total["ours"],
        }
        for key, take in (
            ("text_errors", statistics.fmean),
            ("layer_errors", statistics.fmean),
            ("size", statistics.median),
        ):
            values = [row[key] for row in found if key in row]
            if values:
                report[name][key] = take(values)
    return report


def scaling(scans: list[Scan], folder: Path, workers: int) -> float:
    """Pages a second with that many workers, whole files given as they come."""
    with WorkerPool(SETTINGS, workers) as pool, ThreadPoolExecutor(workers):
        warm = [
            pool.submit(ours, str(scans[0].path), str(folder / f"warm-{index}"), seconds=300)
            for index in range(workers * 2)
        ]
        for future in warm:
            future.result()
        start = time.monotonic()
        work = [
            pool.submit(ours, str(scan.path), str(folder / f"{scan.path.stem}-w{workers}"), seconds=300)
            for scan in scans
        ]
        for future in work:
            future.result()
        return len(scans) / (time.monotonic() - start)


def resident() -> float:
    """Megabytes of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def growth(folder: Path, count: int) -> dict[str, float]:
    """Memory of a worker before, in the middle and after reading that many small pages, in megabytes."""
    scans = make_scans(folder, 8, seed=2, inches=(4.1, 2.9))
    settings = SETTINGS.model_copy(update={"tasks_per_worker": 10 * count + 100})
    marks: dict[str, float] = {}
    with WorkerPool(settings, 1) as pool:
        for number in range(count + 1):
            if number in (20, count // 2, count):
                marks[f"after_{number}"] = pool.submit(resident, seconds=60).result()
            scan = scans[number % len(scans)]
            pool.submit(ours, str(scan.path), str(folder / f"growth-{number % 16}"), seconds=300).result()
            if number % 20 == 0:
                print(f"\r{number}/{count}", end="", file=sys.stderr, flush=True)
        peak = pool.submit(resource.getrusage, resource.RUSAGE_SELF, seconds=60).result().ru_maxrss
    print(file=sys.stderr)
    return {**marks, "peak": peak * 1024 / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--scaling", action="store_true", help="also compare two workers with one")
    parser.add_argument(
        "--growth", type=int, default=0, metavar="PAGES", help="also read so many small pages in one worker"
    )
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scans = make_scans(folder, arguments.pages)
        report: dict[str, Any] = {"pages": len(scans), "ways": summary(run(scans, folder))}
        if arguments.scaling:
            one, two = scaling(scans, folder, 1), scaling(scans, folder, 2)
            report["scaling"] = {"one": one, "two": two, "ratio": two / one}
        if arguments.growth:
            report["memory"] = growth(folder, arguments.growth)
    print(f"{'way':6} {'cpu s/page':>10} {'to bare':>8} {'to ours':>8} {'text CER':>9} {'layer CER':>9} {'size':>6}")
    for way, found in report["ways"].items():
        cells = [
            found.get(key) for key in ("cpu_per_page", "to_bare", "to_ours", "text_errors", "layer_errors", "size")
        ]
        text = [f"{cell:.3f}" if cell is not None else "-" for cell in cells]
        print(f"{way:6} {text[0]:>10} {text[1]:>8} {text[2]:>8} {text[3]:>9} {text[4]:>9} {text[5]:>6}")
    if "scaling" in report:
        print("two workers: {ratio:.2f} x one ({two:.2f} against {one:.2f} pages a second)".format(**report["scaling"]))
    if "memory" in report:
        print("memory of a worker, MB: " + ", ".join(f"{name} {size:.0f}" for name, size in report["memory"].items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
