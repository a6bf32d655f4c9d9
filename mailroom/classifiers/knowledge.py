"""What the mail room learned: the text model, known senders, and how sure its scores were when it was measured.

Learned from samples (letters that clerks filed, imported documents) and from the registers themselves, so that a home
without any history has a model too. Kept as ``model.json`` and ``model.npz`` with digest and fingerprint of the data;
never a pickle, never from outside.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from erecords.digest import canonical_json, sha512_bytes
from erecords.errors import InputRefused, StoreDamaged
from erecords.files import make_folder, write_atomic
from mailroom.classifiers import calibration
from mailroom.classifiers.calibration import Calibration
from mailroom.classifiers.model import Floats, TextModel, matrix, train
from mailroom.classifiers.recent import Recent, telling
from mailroom.classifiers.text import body, fold
from mailroom.classifiers.thresholds import Observed
from mailroom.fields import spelling
from mailroom.ports import PageText
from mailroom.registers import DocumentType, Registers

FORMAT = 3
_MAX_PER_LABEL = 90
_MAX_TEXT = 20_000
_REGISTER_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Sample:
    """A letter whose place is known."""

    text: str
    document_type: str | None
    class_notation: str
    source: str
    """Identity of the record that it came from; it goes when the record goes."""
    sender: str = ""

    @property
    def label(self) -> str:
        """Document type and class in one."""
        return label_of(self.document_type, self.class_notation)


def label_of(document_type: str | None, class_notation: str) -> str:
    """Document type and class in one key; a class alone begins with a bar."""
    return f"{document_type or ''}|{class_notation}"


def split_label(label: str) -> tuple[str | None, str]:
    """Document type (None for a class alone) and class of a key."""
    kind, _, notation = label.partition("|")
    return kind or None, notation


@dataclass(frozen=True)
class Knowledge:
    """All that was learned; a value."""

    model: TextModel
    calibration: Calibration
    senders: dict[str, dict[str, int]] = field(default_factory=dict)
    """Folded name of an organisation to how often it wrote what (label)."""
    samples: int = 0
    fingerprint: str = ""
    """SHA-512 over sources, labels and texts of the samples and over the registers."""
    names: tuple[str, ...] = ()
    """Names with letters that German lacks, as they are spelt in the samples: what OCR makes of them is put right."""
    recent: tuple[Recent, ...] = ()
    """Letters that came after the model was learned; each counts for letters like it."""
    observed: dict[str, Observed] = field(default_factory=dict)
    """Per label what became of letters of which the machine was sure; never stored, read anew from the letters."""

    def threshold(self, label: str) -> float:
        """The probability from which a letter of this label is filed without a person.

        The higher of what unseen samples asked for when it was learned and what became of its own decisions since.
        """
        return max(self.observed.get(label, Observed()).threshold, self.calibration.threshold(label))


def read_samples(path: Path) -> tuple[Sample, ...]:
    """Read samples from JSON lines with ``id, document_type, class, text``.

    Raises:
        InputRefused: a line is no such object; the message names it.
    """
    samples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            kind = row.get("document_type")
            samples.append(Sample(str(row["text"]), str(kind) if kind else None, str(row["class"]), str(row["id"])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputRefused(f"{path}, line {number}: no training letter ({error}). Nothing was learned.") from error
    return tuple(samples)


def learn(samples: Iterable[Sample], registers: Registers) -> Knowledge:
    """Learn from samples and registers. The order of the samples does not matter; seconds for thousands.

    At most 90 samples a label are used, those whose digest comes first, so that time and memory stay bounded.
    """
    chosen = _choose(samples)
    own = registers.names_of_the_city
    texts = [sample_text(sample.text, own) for sample in chosen]
    from_registers = _register_texts(registers)
    labels = tuple(sorted({sample.label for sample in chosen} | {label for label, _ in from_registers}))
    place = {label: index for index, label in enumerate(labels)}
    targets = np.array([place[s.label] for s in chosen] + [place[label] for label, _ in from_registers], dtype=np.int64)
    weights = np.array([1.0] * len(chosen) + [_REGISTER_WEIGHT] * len(from_registers), dtype=np.float32)
    rows = matrix([*texts, *(text for _, text in from_registers)])
    kernel = rows.kernel()
    measured = calibration.measure(kernel, targets, labels, weights, texts, registers)
    return Knowledge(
        model=train(rows, kernel, targets, labels, weights),
        calibration=measured,
        senders=_senders(chosen),
        samples=len(chosen),
        fingerprint=_fingerprint(chosen, from_registers),
        names=spelling.foreign_words(sample.text for sample in chosen),
    )


def with_recent(learned: Knowledge, samples: Sequence[Sample], registers: Registers) -> Knowledge:
    """The same model with further letters beside it: their senders count, and letters like them follow them."""
    if not samples:
        return learned
    own = registers.names_of_the_city
    recent = tuple(Recent(row.label, telling(sample_text(row.text, own)), row.source) for row in samples)
    senders = {name: dict(counts) for name, counts in learned.senders.items()}
    for name, counts in _senders(samples).items():
        known = senders.setdefault(name, {})
        for label, count in counts.items():
            known[label] = known.get(label, 0) + count
    names = tuple(sorted({*learned.names, *spelling.foreign_words(row.text for row in samples)}))
    return replace(learned, senders=senders, names=names, recent=recent)


def sample_text(text: str, own: Sequence[str]) -> str:
    """What is learned of a letter's text."""
    pages = tuple(
        PageText(number, 0.0, 0.0, part, (), "digital", 1.0)
        for number, part in enumerate(text[:_MAX_TEXT].split("\f"), start=1)
    )
    return "\n".join(line.text for line in body(pages, own)) or text[:_MAX_TEXT]


def _choose(samples: Iterable[Sample]) -> list[Sample]:
    by_label: dict[str, dict[str, Sample]] = defaultdict(dict)
    for sample in samples:
        digest = hashlib.sha256(f"{sample.source}\0{sample.text}".encode()).hexdigest()
        by_label[sample.label][digest] = sample
    return [
        by_label[label][digest] for label in sorted(by_label) for digest in sorted(by_label[label])[:_MAX_PER_LABEL]
    ]


def _register_texts(registers: Registers) -> list[tuple[str, str]]:
    """Small texts made of the registers: titles, phrases, the plan's scope, keywords of the routing."""
    result: list[tuple[str, str]] = []
    for row in registers.incoming:
        label = label_of(row.key, row.filing_class)
        process = registers.processes.get(row.process)
        result.append((label, f"{row.title}. {process.title if process else ''}"))
        result += [(_phrase_label(row, phrase, registers), phrase) for phrase in row.strong]
        if row.weak:
            result.append((label, ", ".join(row.weak)))
        if row.filing_class in registers.routed_classes:
            for route in registers.routes:
                if route.keywords:
                    result.append(
                        (label_of(row.key, route.filing_class), f"{route.category}. {', '.join(route.keywords)}")
                    )
    taken = {split_label(label)[1] for label, _ in result}
    for plan in registers.plan.values():
        if plan.file_kind != "gruppe" and plan.notation not in taken:
            result.append((label_of(None, plan.notation), f"{plan.title}. {plan.scope}"))
    return sorted(set(result))


def _phrase_label(row: DocumentType, phrase: str, registers: Registers) -> str:
    """The label of a phrase: where the routing table has its keyword, the class of that route."""
    if row.filing_class in registers.routed_classes:
        for route in registers.routes:
            if any(fold(keyword) in fold(phrase) for keyword in route.keywords):
                return label_of(row.key, route.filing_class)
    return label_of(row.key, row.filing_class)


def _senders(samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        if sample.sender:
            counts[fold(sample.sender)][sample.label] += 1
    return {name: dict(sorted(found.items())) for name, found in sorted(counts.items())}


def _fingerprint(samples: Sequence[Sample], from_registers: Sequence[tuple[str, str]]) -> str:
    rows = [[sample.source, sample.label, hashlib.sha256(sample.text.encode()).hexdigest()] for sample in samples]
    return sha512_bytes(
        canonical_json({"format": FORMAT, "samples": rows, "registers": [list(r) for r in from_registers]})
    )


def save(knowledge: Knowledge, folder: Path) -> None:
    """Write ``model.npz`` and then ``model.json``, which names its digest: :func:`load` finds a stop between them."""
    make_folder(folder)
    model = knowledge.model
    arrays = folder / "model.npz"
    data = _pack({"idf": model.idf, "weights": model.weights.astype(np.float16), "bias": model.bias})
    write_atomic(arrays, data)
    write_atomic(
        folder / "model.json",
        canonical_json(
            {
                "format": FORMAT,
                "sha512": sha512_bytes(data),
                "fingerprint": knowledge.fingerprint,
                "samples": knowledge.samples,
                "labels": list(model.labels),
                "vocabulary": list(model.vocabulary),
                "calibration": knowledge.calibration.as_json(),
                "senders": knowledge.senders,
                "names": list(knowledge.names),
            }
        ),
    )


def _pack(arrays: dict[str, npt.NDArray[Any]]) -> bytes:
    from io import BytesIO

    stream = BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # numpy's stub takes no mapping of arrays
    return stream.getvalue()


def load(folder: Path) -> Knowledge:
    """Read what :func:`save` wrote.

    Raises:
        StoreDamaged: a file is missing, differs from its digest, or is not of this format; learn anew.
    """
    try:
        table = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        data = (folder / "model.npz").read_bytes()
        if table["format"] != FORMAT or sha512_bytes(data) != table["sha512"]:
            raise StoreDamaged(f"The model in {folder} is damaged or of another format; it was not used. Learn anew.")
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            idf, bias = _floats(arrays["idf"]), _floats(arrays["bias"])
            weights = _floats(arrays["weights"])
        vocabulary = {str(name): index for index, name in enumerate(table["vocabulary"])}
        model = TextModel(tuple(table["labels"]), vocabulary, idf, weights, bias)
        if weights.shape != (len(vocabulary), len(model.labels)):
            raise StoreDamaged(f"The model in {folder} does not fit its labels; it was not used. Learn anew.")
        return Knowledge(
            model,
            Calibration.from_json(table["calibration"]),
            table["senders"],
            table["samples"],
            table["fingerprint"],
            tuple(table["names"]),
        )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise StoreDamaged(f"The model in {folder} cannot be read ({error}); it was not used. Learn anew.") from error


def _floats(array: npt.NDArray[Any]) -> Floats:
    return array.astype(np.float32)
